/** A server behind proxies that tell the addresses of their clients (F66). */
import {
  concat,
  filter,
  ignoreElements,
  map,
  merge,
  type Observable,
  Subject,
  switchMap,
  take,
  takeUntil,
  tap,
  timer,
  toArray,
} from 'rxjs';
import { describe, expect, it } from 'vitest';
import { type Address, type Handler, memoryNetwork, type ServerEvent, tcpServer } from '../../lib/index.js';
import { byHand } from '../properties/stage.js';
import { type TestNetwork, tcpNetworks } from '../support/networks.js';
import { binary } from '../support/proxy-headers.js';
import { RawPeer } from '../support/raw-peer.js';
import { serving, tellingAccepted } from '../support/serving.js';

/** Ends with its peer, which may destroy its socket before that is connected. */
const identity: Handler = (chunks$) => chunks$;

/** Where the specs' peers come from. */
const from = ['127.0.0.1'];
const anyPeer = { host: '127.0.0.1', port: expect.any(Number) };
const trusting = { proxyProtocol: { from } };

const client: Address = { host: '192.0.2.7', port: 56_324 };
const v1 = Buffer.from('PROXY TCP4 192.0.2.7 198.51.100.1 56324 443\r\n');
const v2 = binary('2111', Buffer.from('c0000207c6336401dc0401bb', 'hex'));
const tlv = Buffer.from('0500076b6579313233', 'hex');
const paths = Buffer.from(['/run/client', '/run/server'].map((path) => path.padEnd(108, '\0')).join(''));

const headers: [name: string, header: Buffer, client: Address | undefined][] = [
  ['version 1, TCP4', v1, client],
  ['version 1, TCP6', Buffer.from('PROXY TCP6 2001:db8::7 ::1 1 65535\r\n'), { host: '2001:db8::7', port: 1 }],
  ['version 1, UNKNOWN', Buffer.from('PROXY UNKNOWN\r\n'), undefined],
  ['version 2, TCP4', v2, client],
  ['version 2, TCP4 and a TLV', binary('2111', Buffer.concat([v2.subarray(16), tlv])), client],
  [
    'version 2, TCP6',
    binary('2121', Buffer.from(`20010db8${'00'.repeat(11)}07${'00'.repeat(15)}010001ffff`, 'hex')),
    { host: '2001:db8::7', port: 1 },
  ],
  ['version 2, Unix', binary('2131', paths), { path: '/run/client' }],
  ['version 2, LOCAL', binary('2000'), undefined],
];

const broken: [name: string, bytes: Buffer | string][] = [
  ['no header', 'GET / HTTP/1.1\r\nhost: a\r\n\r\n'],
  ['a TLS ClientHello', Buffer.from('16030100c8010000c4', 'hex')],
  ['no CRLF within 107 bytes', 'PROXY UNKNOWN '.padEnd(108, 'x')],
  ['a family that is none', 'PROXY UDP4 192.0.2.7 198.51.100.1 1 2\r\n'],
  ['too few fields', 'PROXY TCP4 192.0.2.7 198.51.100.1 1\r\n'],
  ['537 bytes of version 2', binary('2111', Buffer.alloc(521))],
  ['datagrams of version 2', binary('2112', v2.subarray(16))],
  ['version 3 behind the signature', binary('3111', v2.subarray(16))],
];

const opened = (events$: Observable<ServerEvent>) =>
  events$.pipe(
    filter((event) => event.type === 'opened'),
    take(1),
  );
const dropped = (events$: Observable<ServerEvent>) =>
  events$.pipe(
    filter((event) => event.type === 'dropped'),
    take(1),
  );

/** Sends each piece on its own, in a segment where there are any. */
const sendApart = (peer: RawPeer, pieces: readonly (Uint8Array | string)[]): Observable<never> =>
  concat(peer.when('connected'), ...pieces.map((piece) => timer(2).pipe(tap(() => peer.send(piece))))).pipe(
    ignoreElements(),
  );

const bytewise = (bytes: Uint8Array): Uint8Array[] => [...bytes].map((byte) => Uint8Array.of(byte));

/** What a peer that sends these pieces, then ends its side, gets back and is known as. */
async function visit({ play }: TestNetwork, pieces: readonly (Uint8Array | string)[]) {
  const [seen] = await play((transport) =>
    serving(transport, identity, trusting, ({ peer, events, events$, closed$ }) => {
      const proxy = peer();
      const all$ = sendApart(proxy, pieces).pipe(tap({ complete: () => proxy.socket.end() }));
      return merge(all$, proxy.when('ended'), opened(events$).pipe(ignoreElements())).pipe(
        switchMap(() => closed$),
        take(1),
        map(({ connection, bytesRead, reason }) => ({
          got: proxy.received,
          remote: connection.remote,
          proxy: connection.proxy,
          json: JSON.parse(JSON.stringify(connection)),
          bytesRead,
          reason,
          socket: proxy.socket.local,
          types: events.map(({ type }) => type),
        })),
      );
    }),
  );
  return seen;
}

describe.each(tcpNetworks)('a server behind a proxy, over the $name', (network) => {
  const { play } = network;

  it.each(headers)('reads a header of %s, and echoes what comes behind it', async (_, header, source) => {
    const seen = await visit(network, [Buffer.concat([header, Buffer.from('hello')])]);
    const { socket } = seen ?? {};
    expect(seen).toEqual({
      got: 'hello',
      remote: source ?? socket,
      proxy: source && socket,
      json: expect.objectContaining({ remote: source ?? socket, bytesRead: 5, ...(source && { proxy: socket }) }),
      bytesRead: 5,
      reason: 'ended',
      socket: expect.objectContaining({ host: '127.0.0.1' }),
      types: ['listening', 'opened', 'closed'],
    });
    if (source === undefined) expect(seen?.json).not.toHaveProperty('proxy');
  });

  it.each([
    ['version 1', v1],
    ['version 2', v2],
  ])('reads a header of %s that comes byte by byte', async (_, header) => {
    const seen = await visit(network, [...bytewise(header), 'he', 'llo']);
    expect(seen).toMatchObject({ got: 'hello', remote: client, bytesRead: 5 });
  });

  it('takes a second header for data', async () => {
    const seen = await visit(network, [Buffer.concat([v1, v2]), v1]);
    expect(seen?.got).toBe(v2.toString('latin1') + v1);
  });

  it('serves a peer that sends nothing but a header', async () => {
    expect(await visit(network, [v1])).toMatchObject({ got: '', bytesRead: 0, reason: 'ended', remote: client });
  });

  it.each(broken)('resets a peer that sends %s, and echoes none of it', async (_, bytes) => {
    const [seen] = await play((transport) =>
      serving(transport, identity, trusting, ({ peer, events, events$ }) => {
        const proxy = peer();
        proxy.send(bytes);
        return proxy.when('failed').pipe(
          switchMap(() => dropped(events$)),
          map((event) => ({
            event,
            got: proxy.received,
            code: proxy.failure?.code,
            types: events.map(({ type }) => type),
          })),
        );
      }),
    );
    expect(seen).toEqual({
      event: {
        type: 'dropped',
        reason: 'handshake',
        remote: anyPeer,
        error: expect.objectContaining({
          code: 'ERR_PROXY_PROTOCOL',
          message: expect.stringMatching(/^The PROXY protocol header is not valid: it /),
        }),
      },
      got: '',
      code: 'ERR_CONNECTION_RESET',
      types: ['listening', 'dropped'],
    });
  });

  it('resets a peer that ends its side within its header', async () => {
    const [error] = await play((transport) =>
      serving(transport, identity, trusting, ({ peer, events$ }) => {
        const proxy = peer();
        proxy.send(v1.subarray(0, 20));
        proxy.socket.end();
        return dropped(events$).pipe(map(({ reason, error }) => [reason, error?.code, error?.message]));
      }),
    );
    const message = /^127\.0\.0\.1:\d+ ended its side before the end of its PROXY protocol header$/;
    expect(error).toEqual(['handshake', 'ERR_PROXY_PROTOCOL', expect.stringMatching(message)]);
  });

  it('reports a peer that resets the connection within its header', async () => {
    const [error] = await play((transport) =>
      serving(transport, identity, trusting, ({ peer, accepted$, events$ }) => {
        const proxy = peer();
        proxy.send(v1.subarray(0, 20));
        proxy
          .when('connected')
          .pipe(switchMap(() => accepted$))
          .subscribe(() => proxy.socket.reset());
        return dropped(events$).pipe(map(({ reason, error }) => [reason, error?.code]));
      }),
    );
    expect(error).toEqual(['handshake', 'ERR_CONNECTION_RESET']);
  });

  it('refuses a peer that is no trusted proxy at once, whatever it sends', async () => {
    const config = { proxyProtocol: { from: ['10.0.0.0/8', '::1', 'unix'] }, accept: () => true };
    const [seen] = await play((transport) =>
      serving(transport, identity, config, ({ peer, events$ }) => {
        const proxy = peer();
        proxy.send(Buffer.concat([v1, Buffer.from('hello')]));
        return proxy.when('failed').pipe(
          switchMap(() => dropped(events$)),
          map((event) => ({ event, got: proxy.received })),
        );
      }),
    );
    expect(seen).toEqual({ event: { type: 'dropped', reason: 'refused', remote: anyPeer }, got: '' });
  });

  it('asks `accept` once, with the address of the client', async () => {
    const asked: Address[] = [];
    const accept = (remote: Address) => asked.push(remote) > 1;
    const config = { ...trusting, accept };
    const [seen] = await play((transport) =>
      serving(transport, identity, config, ({ peer, events$ }) => {
        const first = peer();
        first.send(Buffer.concat([v1, Buffer.from('hello')]));
        return first.when('failed').pipe(
          switchMap(() => dropped(events$)),
          tap(() => peer().send(v2)),
          switchMap((event) => opened(events$).pipe(map(({ connection }) => [event, connection.remote]))),
          map((both) => ({ both, got: first.received })),
        );
      }),
    );
    expect(seen).toEqual({
      both: [{ type: 'dropped', reason: 'refused', remote: client, proxy: anyPeer }, client],
      got: '',
    });
    expect(asked).toEqual([client, client]);
  });

  it('counts a peer whose header is outstanding among maxConnections', async () => {
    const [reasons] = await play((transport) =>
      serving(transport, identity, { ...trusting, maxConnections: 1 }, ({ peer, events$ }) => {
        const first = peer();
        return first.when('connected').pipe(
          switchMap(() => peer().when('failed')),
          tap(() => first.socket.reset()),
          switchMap(() => events$),
          filter((event) => event.type === 'dropped'),
          map(({ reason }) => reason),
          take(2),
          toArray(),
        );
      }),
    );
    expect(reasons).toEqual(['limit', 'handshake']);
  });

  it('told to stop, it resets peers whose header is outstanding, and completes', async () => {
    const seen = await play((transport) =>
      serving(transport, identity, { ...trusting, drainTimeoutMs: Number.POSITIVE_INFINITY }, (server) => {
        const first = server.peer();
        first
          .when('connected')
          .pipe(switchMap(() => server.accepted$))
          .subscribe(() => server.stop());
        return first.when('failed').pipe(
          switchMap(() => server.events$),
          filter((event) => event.type !== 'listening'),
        );
      }),
    );
    const message = /^127\.0\.0\.1:\d+ was cut off by the shutdown before the end of its PROXY protocol header$/;
    expect(seen).toMatchObject([
      { type: 'draining', active: 0 },
      { type: 'dropped', reason: 'handshake', error: { message: expect.stringMatching(message) } },
    ]);
  });

  it('told to stop, it still serves a peer of its accept queue that has sent its header', async () => {
    const [got] = await play((transport) =>
      serving(transport, identity, trusting, ({ peer, stop }) => {
        const first = peer();
        first.send(Buffer.concat([v1, Buffer.from('hello')]));
        first.when('connected').subscribe(stop);
        first.when('ended').subscribe(() => first.socket.end());
        return first.when('closed').pipe(map(({ received, failure }) => [received, failure?.code]));
      }),
    );
    expect(got).toEqual(['hello', undefined]);
  });

  it('unsubscribed from, it resets peers whose header is outstanding', async () => {
    const codes = await play((transport) => {
      const gone$ = new Subject<void>();
      const watched = tellingAccepted(transport, gone$);
      const server$ = tcpServer({ port: 0, transport: watched, ...trusting }, identity).pipe(
        filter((event) => event.type === 'listening'),
        map(({ address }) => new RawPeer(transport, address.port)),
        takeUntil(gone$),
        toArray(),
      );
      return server$.pipe(
        switchMap(([peer]) => (peer as RawPeer).when('closed')),
        map(({ failure }) => failure?.code),
      );
    });
    expect(codes).toEqual(['ERR_CONNECTION_RESET']);
  });

  it('closes the connection of a peer that resets right behind its header', async () => {
    const reasons = await play((transport) =>
      serving(transport, identity, trusting, ({ peer, events$ }) => {
        const proxy = peer();
        proxy.send(v1);
        opened(events$).subscribe(() => proxy.socket.reset());
        return events$.pipe(
          filter((event) => event.type === 'closed'),
          map(({ reason, connection }) => [reason, connection.remote]),
          take(1),
        );
      }),
    );
    expect(reasons).toEqual([['reset', client]]);
  });

  it('resets a peer that is silent for timeoutMs', async () => {
    const config = { proxyProtocol: { from, timeoutMs: 50 } };
    const [seen] = await play((transport) =>
      serving(transport, identity, config, ({ peer, events$ }) => {
        const proxy = peer();
        return proxy.when('failed').pipe(
          switchMap(() => dropped(events$)),
          map(({ reason, error }) => [reason, error?.code, error?.message, proxy.failure?.code]),
        );
      }),
    );
    const message = /^127\.0\.0\.1:\d+ let 50 ms pass without the end of its PROXY protocol header$/;
    const [code, reset] = ['ERR_PROXY_PROTOCOL', 'ERR_CONNECTION_RESET'];
    expect(seen).toEqual(['handshake', code, expect.stringMatching(message), reset]);
  });
});

describe('the time limit of a header', () => {
  const timeoutMs = 3_000;

  /** A server in virtual time, what happens to a peer of it, and when. */
  function timed(config: object, act: (peer: RawPeer, advance: (ms: number) => void) => void): [string, number][] {
    return byHand((clock) => {
      const transport = memoryNetwork();
      const events: [string, number][] = [];
      const server = tcpServer({ port: 1, transport, proxyProtocol: { from, ...config } }, identity).subscribe(
        ({ type }) => events.push([type, clock.now]),
      );
      clock.settle();
      const peer = new RawPeer(transport, 1);
      clock.settle();
      act(peer, (ms) => clock.advance(ms));
      clock.advance(60_000);
      server.unsubscribe();
      clock.settle();
      expect(clock.timers).toBe(0);
      return events.filter(([type]) => type !== 'listening');
    });
  }

  it('is 5 s by default, to the millisecond', () => {
    expect(timed({}, () => {})).toEqual([['dropped', 5_000]]);
  });

  it('runs from the beginning, however often a byte comes', () => {
    const trickle = (peer: RawPeer, advance: (ms: number) => void) => {
      for (const byte of v1) {
        peer.send(Uint8Array.of(byte));
        advance(100);
      }
    };
    expect(timed({ timeoutMs }, trickle)).toEqual([['dropped', timeoutMs]]);
  });

  it('is over with the header: a peer may be silent behind it', () => {
    const late = (peer: RawPeer, advance: (ms: number) => void) => {
      advance(timeoutMs - 1);
      peer.send(v1);
    };
    expect(timed({ timeoutMs }, late)).toEqual([['opened', timeoutMs - 1]]);
  });

  it('may be Infinity', () => {
    const late = (peer: RawPeer, advance: (ms: number) => void) => {
      advance(1_000_000);
      peer.send(v1);
    };
    expect(timed({ timeoutMs: Number.POSITIVE_INFINITY }, late)).toEqual([['opened', 1_000_000]]);
  });
});
