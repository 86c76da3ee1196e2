/** Peers that are not served: by the option `accept`, by limits; and how they are told. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  combineLatestWith,
  concat,
  defer,
  filter,
  map,
  mergeMap,
  range,
  Subject,
  switchMap,
  take,
  takeUntil,
  tap,
  toArray,
} from 'rxjs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Address, type DropReason, type Handler, type TcpServerConfig, tcpServer } from '../../lib/index.js';
import { addressed } from '../support/addressed.js';
import { realNetworks, type TestNetwork, tcpNetworks } from '../support/networks.js';
import { hasProcessFigures, openFiles } from '../support/process-figures.js';
import { RawPeer } from '../support/raw-peer.js';
import { serving } from '../support/serving.js';

type Accept = (remote: Address) => boolean;

/** Ends with its peer, which may destroy its socket before that is connected. */
const identity: Handler = (chunks$) => chunks$;

/** What the server tells of its first peer: `opened`, or why it was dropped. */
const firstEvent = ({ play }: TestNetwork, config: Partial<TcpServerConfig>) =>
  play((transport) =>
    serving(transport, identity, config, ({ peer, events$ }) => {
      peer();
      return events$.pipe(
        filter((event) => event.type === 'opened' || event.type === 'dropped'),
        take(1),
      );
    }),
  ).then(([event]) => event);

describe.each(tcpNetworks)('accept over the $name', (network) => {
  const { play } = network;

  it('serves a peer by returning true', async () => {
    expect(await firstEvent(network, { accept: () => true })).toMatchObject({ type: 'opened' });
  });

  it('refuses a peer by returning false, which is no error', async () => {
    const event = await firstEvent(network, { accept: () => false });
    expect(event).toEqual({
      type: 'dropped',
      remote: { host: '127.0.0.1', port: expect.any(Number) },
      reason: 'refused',
    });
  });

  it.each<[what: string, accept: () => unknown, message: string]>([
    ['nothing', () => {}, '`accept` returned undefined, neither true nor false'],
    ['a promise', async () => true, '`accept` returned Promise { true }, neither true nor false'],
    ['1', () => 1, '`accept` returned 1, neither true nor false'],
  ])('refuses a peer by returning %s, and says so', async (_, accept, message) => {
    const event = await firstEvent(network, { accept: accept as Accept });
    expect(event).toMatchObject({ type: 'dropped', reason: 'refused', error: { code: 'ERR_HANDLER_FAILED', message } });
  });

  it('refuses a peer by throwing, and serves the next one', async () => {
    const cause = new Error('no such list');
    let calls = 0;
    const accept = () => {
      calls += 1;
      if (calls === 1) throw cause;
      return true;
    };
    const [events] = await play((transport) =>
      serving(transport, identity, { accept }, ({ peer, events$ }) => {
        peer();
        const dropped$ = events$.pipe(
          filter((event) => event.type === 'dropped'),
          take(1),
          tap(() => peer()),
        );
        const opened$ = events$.pipe(
          filter((event) => event.type === 'opened'),
          take(1),
        );
        return concat(dropped$, opened$).pipe(toArray());
      }),
    );
    const message = '`accept` failed: no such list';
    expect(events).toMatchObject([
      { type: 'dropped', reason: 'refused', error: { code: 'ERR_HANDLER_FAILED', message, cause } },
      { type: 'opened' },
    ]);
  });

  it('is called once a peer, with its address, before the handler is', async () => {
    const calls: unknown[] = [];
    const accept = (remote: Address) => calls.push(remote) > 0;
    const handler: Handler = (chunks$, { remote }) => {
      calls.push(remote);
      return chunks$;
    };
    const remotes = await play((transport) =>
      serving(transport, handler, { accept }, ({ peer, events$ }) => {
        for (let count = 0; count < 3; count += 1) peer();
        return events$.pipe(
          filter((event) => event.type === 'opened'),
          map(({ connection }) => connection.remote),
          take(3),
        );
      }),
    );
    expect(calls).toEqual(remotes.flatMap((remote) => [remote, remote]));
  });

  it('takes a list of Node’s in one line', async () => {
    const blocked = new net.BlockList();
    blocked.addSubnet('192.0.2.0', 24);
    blocked.addAddress('2001:db8::1', 'ipv6');
    const accept: Accept = ({ host = '' }) => !blocked.check(host, net.isIPv6(host) ? 'ipv6' : 'ipv4');
    const hosts = ['192.0.2.7', '192.0.3.7', '::ffff:192.0.2.7', '2001:db8::1', '2001:db8::2'];
    const [types] = await play((transport) => {
      const routed = addressed(transport, (index) => ({ host: hosts[index] ?? '', port: 1 }));
      return serving(routed, identity, { accept }, ({ peer, events$ }) => {
        for (const _ of hosts) peer();
        return events$.pipe(
          filter((event) => event.type === 'opened' || event.type === 'dropped'),
          map(({ type }) => type),
          take(hosts.length),
          toArray(),
        );
      });
    });
    expect(types).toEqual(['dropped', 'opened', 'dropped', 'dropped', 'opened']);
  });

  it.each([
    ['alone', undefined],
    ['behind a proxy', { from: ['127.0.0.1'] }],
  ])('%s, may unsubscribe from the server: no handler is called, and nothing stays open', async (_, proxyProtocol) => {
    let isCalled = false;
    const handler: Handler = (chunks$) => {
      isCalled = true;
      return chunks$;
    };
    const codes = await play((transport) => {
      const unsubscribed$ = new Subject<void>();
      const accept = () => {
        unsubscribed$.next();
        return true;
      };
      const client$ = tcpServer({ port: 0, transport, accept, proxyProtocol }, handler).pipe(
        filter((event) => event.type === 'listening'),
        map(({ address }) => new RawPeer(transport, address.port)),
        tap((client) => client.send('PROXY UNKNOWN\r\nhello')),
        takeUntil(unsubscribed$),
      );
      return client$.pipe(
        toArray(),
        switchMap(([client]) => (client as RawPeer).when('closed')),
        map(({ failure }) => failure?.code),
      );
    });
    expect([codes, isCalled]).toEqual([['ERR_CONNECTION_RESET'], false]);
  });
});

describe.each(tcpNetworks)('a peer that is not served, over the $name', ({ play }) => {
  it.each<[reason: DropReason, config: Partial<TcpServerConfig>]>([
    ['limit', { maxConnections: 1 }],
    ['address-limit', { maxConnectionsPerAddress: 1 }],
    ['memory', { memoryBudgetBytes: 1 }],
    ['refused', { accept: () => false }],
    ['refused', { proxyProtocol: { from: ['192.0.2.1'] } }],
    ['handshake', { proxyProtocol: { from: ['127.0.0.1'] } }],
  ])('for the reason %s gets a reset, which cannot be taken for an empty answer', async (reason, config) => {
    const [seen] = await play((transport) =>
      serving(transport, identity, config, ({ peer, events$ }) => {
        const first = peer();
        first.send('hello');
        const next$ = first.news$.pipe(filter((news) => news === 'chunk' || news === 'failed'));
        return next$.pipe(
          take(1),
          map(() => peer()),
          tap((second) => second.send('hello')),
          switchMap((second) => second.when('failed')),
          switchMap(({ failure, received }) =>
            events$.pipe(
              filter((event) => event.type === 'dropped'),
              map((event) => [event.reason, failure?.code, received]),
              take(1),
            ),
          ),
        );
      }),
    );
    expect(seen).toEqual([reason, 'ERR_CONNECTION_RESET', '']);
  });
});

describe.each(realNetworks)('a peer that resets in the accept queue, over the $name', ({ play }) => {
  it.runIf(process.platform === 'linux')('is dropped for the reason lost, and leaves no socket open', async () => {
    const program = (port: number) =>
      `const socket = net.connect(${port}, '127.0.0.1', () => socket.resetAndDestroy())`;
    const dropped = await play((transport) =>
      serving(transport, identity, {}, ({ port, events$ }) => {
        spawnSync(process.execPath, ['--eval', program(port)]); // nothing is accepted meanwhile
        return events$.pipe(
          filter(({ type }) => type !== 'listening'),
          take(1),
        );
      }),
    );
    expect(dropped).toEqual([{ type: 'dropped', remote: undefined, reason: 'lost' }]);
  });
});

describe.each(realNetworks)('refused peers over the $name', ({ play }) => {
  const [peers, atOnce] = [2_000, 100];

  it.skipIf(!hasProcessFigures)(`are gone at once: ${peers} of them leave no descriptor open`, async () => {
    const [seen] = await play((transport) =>
      serving(transport, identity, { accept: () => false }, ({ peer, events$ }) => {
        const before = openFiles(process.pid);
        const refused$ = defer(() => peer().when('closed')).pipe(map(({ failure }) => failure?.code));
        return range(peers).pipe(
          mergeMap(() => refused$, atOnce),
          toArray(),
          switchMap((codes) =>
            events$.pipe(
              filter((event) => event.type === 'dropped'),
              take(peers),
              toArray(),
              map((dropped) => ({ dropped: dropped.length, codes, leaked: openFiles(process.pid) - before })),
            ),
          ),
        );
      }),
    );
    expect({ ...seen, codes: [...new Set(seen?.codes)] }).toEqual({
      dropped: peers,
      codes: ['ERR_CONNECTION_RESET'],
      leaked: 0,
    });
  });

  it('get an end on a Unix socket, which knows no reset', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'rxjs-tcp-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const path = join(folder, 'socket');
    const asked: Address[] = [];
    const accept: Accept = (remote) => asked.push(remote) === 0;
    const seen = await play((transport) => {
      const closed$ = new Subject<boolean>();
      return tcpServer({ path, transport, accept, stop$: closed$ }, identity).pipe(
        tap(({ type }) => {
          if (type === 'listening')
            net
              .connect(path)
              .resume()
              .on('close', (hadError) => closed$.next(hadError));
        }),
        filter((event) => event.type === 'dropped'),
        combineLatestWith(closed$),
        map(([{ reason, remote }, hadError]) => ({ reason, remote, hadError })),
        take(1),
      );
    });
    expect(seen).toEqual([{ reason: 'refused', remote: { path: '' }, hadError: false }]);
    expect(asked).toEqual([{ path: '' }]);
  });
});
