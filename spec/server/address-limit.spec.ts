/** How many connections one client may have, what counts as one client, and when it gets a slot back (F36). */
import net from 'node:net';
import { concat, defer, forkJoin, ignoreElements, type Observable, switchMap, take, tap, toArray } from 'rxjs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Address, type Handler, type ServerEvent, type TcpServerConfig, tcpServer } from '../../lib/index.js';
import { addressed } from '../support/addressed.js';
import { type TestNetwork, tcpNetworks } from '../support/networks.js';
import type { RawPeer } from '../support/raw-peer.js';
import { serving } from '../support/serving.js';

const [memory] = tcpNetworks as [TestNetwork];

/** Ends with its peer, which may destroy its socket before that is connected. */
const identity: Handler = (chunks$) => chunks$;
const at = (host: string): Address => ({ host, port: 1_024 });
const unix: Address = { path: '' };

/** `opened`, or the reason of a peer that is not served; of other events nothing. */
function outcomeOf(event: ServerEvent): string[] {
  if (event.type === 'opened') return ['opened'];
  return event.type === 'dropped' ? [event.reason] : [];
}

const outcomes = (events$: Observable<ServerEvent>) => events$.pipe(switchMap(outcomeOf));

/** What becomes of peers that come one after the other from these addresses and stay. */
const arrivals = ({ play }: TestNetwork, remotes: readonly Address[], config: Partial<TcpServerConfig>) =>
  play((transport) =>
    serving(
      addressed(transport, (index) => remotes[index] ?? unix),
      identity,
      config,
      ({ peer, events$ }) => {
        for (const _ of remotes) peer();
        return outcomes(events$).pipe(take(remotes.length));
      },
    ),
  );

describe.each(tcpNetworks)('maxConnectionsPerAddress over the $name', (network) => {
  const { play } = network;

  it('serves that many connections of one client, resets the next one, and serves other clients', async () => {
    const [one, other] = [at('192.0.2.1'), at('192.0.2.2')];
    const got = await arrivals(network, [one, one, one, other, other, one], { maxConnectionsPerAddress: 2 });
    expect(got).toEqual(['opened', 'opened', 'address-limit', 'opened', 'opened', 'address-limit']);
  });

  it('is no limit by default', async () => {
    const got = await arrivals(network, Array<Address>(20).fill(at('192.0.2.1')), {});
    expect(got).toEqual(Array(20).fill('opened'));
  });

  it('does not count peers of Unix sockets, which have no address', async () => {
    expect(await arrivals(network, [unix, unix, unix], { maxConnectionsPerAddress: 1 })).toEqual(
      Array(3).fill('opened'),
    );
  });

  const failing: Handler = () => {
    throw new Error('refused by the handler');
  };

  it.each<[end: string, handler: Handler, config: Partial<TcpServerConfig>, act: (peer: RawPeer) => void]>([
    ['ended in order', identity, {}, ({ socket }) => socket.end()],
    ['reset it', identity, {}, ({ socket }) => socket.reset()],
    ['idled', identity, { idleTimeoutMs: 20 }, () => {}],
    ['had a handler that failed', failing, {}, () => {}],
    ['was too old', identity, { maxLifetimeMs: 20 }, () => {}],
  ])('gives the slot of a connection back that %s', async (_, handler, config, act) => {
    const limited = { ...config, maxConnectionsPerAddress: 1 };
    const [types] = await play((transport) =>
      serving(transport, handler, limited, ({ peer, events$, closed$ }) => {
        const first = peer();
        const opened$ = outcomes(events$).pipe(take(1));
        forkJoin([first.when('connected'), opened$]).subscribe(() => act(first));
        const second$ = closed$.pipe(
          take(1),
          tap(() => peer()),
          ignoreElements(),
        );
        return concat(second$, outcomes(events$).pipe(take(2))).pipe(toArray());
      }),
    );
    expect(types).toEqual(['opened', 'opened']);
  });

  it('gives one slot of two back when one connection closes', async () => {
    const [types] = await play((transport) =>
      serving(transport, identity, { maxConnectionsPerAddress: 2 }, ({ peer, events$, closed$ }) => {
        const [first] = [peer(), peer()];
        forkJoin([first.when('connected'), outcomes(events$).pipe(take(2))]).subscribe(() => first.socket.end());
        const next$ = closed$.pipe(
          take(1),
          tap(() => {
            peer();
            peer();
          }),
          ignoreElements(),
        );
        return concat(next$, outcomes(events$).pipe(take(4))).pipe(toArray());
      }),
    );
    expect(types).toEqual(['opened', 'opened', 'opened', 'address-limit']);
  });

  it('a peer that `accept` refuses takes no slot', async () => {
    let calls = 0;
    const config = { maxConnectionsPerAddress: 1, accept: () => ++calls > 3 };
    const got = await arrivals(network, Array<Address>(5).fill(at('192.0.2.1')), config);
    expect(got).toEqual(['refused', 'refused', 'refused', 'opened', 'address-limit']);
  });

  it('behind a proxy counts the client, not the proxy; a failed header takes no slot, a refused client gives none back', async () => {
    const headers = ['192.0.2.1', '192.0.2.1', '192.0.2.1', '192.0.2.2'].map(
      (host) => `PROXY TCP4 ${host} 127.0.0.1 5 6\r\n`,
    );
    const mapped = 'PROXY TCP6 ::ffff:192.0.2.2 ::1 5 6\r\n';
    const config = { maxConnectionsPerAddress: 1, proxyProtocol: { from: ['127.0.0.1'] } };
    const [got] = await play((transport) =>
      serving(transport, identity, config, ({ peer, events$ }) =>
        concat(
          ...['garbage', ...headers, mapped].map((header, index) => {
            const next$ = outcomes(events$).pipe(take(index + 1), ignoreElements());
            return defer(() => {
              peer().send(header);
              return next$;
            });
          }),
          outcomes(events$).pipe(take(6)),
        ).pipe(toArray()),
      ),
    );
    expect(got).toEqual(['handshake', 'opened', 'address-limit', 'address-limit', 'opened', 'address-limit']);
  });
});

describe('one client of maxConnectionsPerAddress', () => {
  it.each([
    ['192.0.2.1', '::ffff:192.0.2.1'],
    ['::ffff:192.0.2.1', '::FFFF:192.0.2.1'],
    ['192.0.2.1', '::ffff:c000:201'],
    ['2001:db8:0:1::1', '2001:db8:0:1:ffff:ffff:ffff:ffff'],
    ['2001:db8::1', '2001:DB8:0:0000:5::'],
    ['::1', '0:0:0:0:0:0:0:1'],
    ['1::', '1:0:0:0::7'],
    ['fe80::1', 'fe80::2%eth0'],
    ['a name of a memory network', 'a name of a memory network'],
  ])('counts %s and %s as one client', async (one, other) => {
    const got = await arrivals(memory, [at(one), at(other)], { maxConnectionsPerAddress: 1 });
    expect(got).toEqual(['opened', 'address-limit']);
  });

  it.each([
    ['192.0.2.1', '192.0.2.2'],
    ['::ffff:192.0.2.1', '::ffff:192.0.2.2'],
    ['::ffff:192.0.2.1', '::1'],
    ['2001:db8:0:1::1', '2001:db8:0:2::1'],
    ['1::', '1:0:0:1::'],
    ['a name', 'another name'],
  ])('counts %s and %s as two', async (one, other) => {
    const got = await arrivals(memory, [at(one), at(other)], { maxConnectionsPerAddress: 1 });
    expect(got).toEqual(['opened', 'opened']);
  });
});

describe('maxConnectionsPerAddress on a server of both families', () => {
  it('counts 127.0.0.1 and ::ffff:127.0.0.1 as one client, and 127.0.0.2 as another', async () => {
    const events: ServerEvent[] = [];
    const listening = new Promise<number>((resolve, reject) => {
      const server = tcpServer({ host: '::', port: 0, maxConnectionsPerAddress: 1 }, identity).subscribe({
        next: (event) => (event.type === 'listening' ? resolve(event.address.port) : events.push(event)),
        error: reject,
      });
      onTestFinished(() => server.unsubscribe());
    });
    const port = await listening;
    const routes = [
      { host: '127.0.0.1', localAddress: '127.0.0.1' },
      { host: '::ffff:127.0.0.1' },
      { host: '127.0.0.1', localAddress: '127.0.0.2' },
    ];
    for (const [index, route] of routes.entries()) {
      const socket = net.connect({ port, ...route }).on('error', () => {});
      onTestFinished(() => void socket.destroy());
      await expect.poll(() => events.length).toBe(index + 1);
    }
    expect(events.flatMap(outcomeOf)).toEqual(['opened', 'address-limit', 'opened']);
  });
});
