/** A client that tells its server, by a PROXY protocol header, the addresses of the connection that it passes on. */
import { concat, filter, map, merge, NEVER, of, ReplaySubject, switchMap, take, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import {
  type Closing,
  type Connection,
  defaults,
  type Handler,
  memoryNetwork,
  type SocketEvents,
  type TransportSocket,
  tcpConnect,
} from '../../lib/index.js';
import { byHand } from '../properties/stage.js';
import { tcpNetworks } from '../support/networks.js';
import { serving, text } from '../support/serving.js';

const identity: Handler = (chunks$) => chunks$;
const from = ['127.0.0.1'];
const local = Buffer.from('0d0a0d0a000d0a515549540a20000000', 'hex').toString('latin1');

describe.each(tcpNetworks)('a client with proxyProtocol over the $name', ({ play }) => {
  it.each([
    [1, 'PROXY UNKNOWN\r\n'],
    [2, local],
  ] as const)('alone sends a header of version %i that tells no address, then its data', async (version, header) => {
    let connection: Connection | undefined;
    let closing: Closing | undefined;
    const observers = {
      connected: {
        next: (made: Connection) => {
          connection = made;
          expect(made.bytesWritten).toBe(0);
        },
      },
      closed: {
        next: (end: Closing) => {
          closing = end;
        },
      },
    };
    const got = await play((transport) =>
      serving(transport, identity, {}, ({ port }) =>
        of('hello').pipe(tcpConnect({ port, transport, proxyProtocol: version, ...observers }), text()),
      ),
    );
    expect(got).toEqual([`${header}hello`]);
    expect(connection).toMatchObject({ bytesWritten: 5, bytesUnsent: 0 });
    expect(closing).toMatchObject({ reason: 'ended', bytesWritten: 5, bytesUnsent: 0, bytesRead: header.length + 5 });
  });

  it.each([1, 2] as const)('as a handler tells by version %i the address of its client', async (version) => {
    const [seen] = await play((transport) =>
      serving(transport, identity, { proxyProtocol: { from } }, (upstream) => {
        const toUpstream = tcpConnect({ port: upstream.port, transport, proxyProtocol: version });
        return serving(transport, toUpstream, {}, (proxy) =>
          of('hello').pipe(
            proxy.connect(),
            text(),
            switchMap((got) =>
              merge(upstream.events$, proxy.events$).pipe(
                filter((event) => event.type === 'opened'),
                map(({ connection }) => connection),
                map((connection) => ({ got, connection })),
                take(2),
                toArray(),
              ),
            ),
          ),
        );
      }),
    );
    const [server, proxy] = seen ?? [];
    expect(seen?.map(({ got }) => got)).toEqual(['hello', 'hello']);
    expect(server?.connection.remote).toEqual(proxy?.connection.remote);
    expect(server?.connection.proxy).toEqual({ host: '127.0.0.1', port: expect.any(Number) });
    expect(server?.connection.proxy).not.toEqual(server?.connection.remote);
    expect(proxy?.connection.proxy).toBeUndefined();
  });

  it('in a chain of proxies passes on the address of the first client', async () => {
    const trusting = { proxyProtocol: { from } };
    const [remotes] = await play((transport) =>
      serving(transport, identity, trusting, (last) =>
        serving(transport, tcpConnect({ port: last.port, transport, proxyProtocol: 2 }), trusting, (first) => {
          const client = first.peer();
          client.send('PROXY TCP4 192.0.2.7 198.51.100.1 5 6\r\nhello');
          return client.whenReceived(5).pipe(
            switchMap(() => last.events$),
            filter((event) => event.type === 'opened'),
            map(({ connection }) => connection.remote),
            take(1),
          );
        }),
      ),
    );
    expect(remotes).toEqual({ host: '192.0.2.7', port: 5 });
  });

  it('says what a server that refuses its header does', async () => {
    const config = { proxyProtocol: { from: ['192.0.2.1'] } };
    const codes = await play((transport) =>
      serving(transport, identity, config, ({ port }) => {
        const failed$ = new ReplaySubject<string>(1);
        NEVER.pipe(tcpConnect({ port, transport, proxyProtocol: 1 })).subscribe({
          error: ({ code }) => failed$.next(code),
        });
        return failed$.pipe(take(1));
      }),
    );
    expect(codes).toEqual(['ERR_CONNECTION_RESET']);
  });
});

describe('a header that waits to be sent', () => {
  const bufferBytes = 4;

  /** A client of a server that reads once `resume` is called; its counters as they are then and at the end. */
  function counted(isEarlyEnd: boolean) {
    return byHand((clock) => {
      const transport = memoryNetwork({ bufferBytes, latencyMs: 1 });
      const counts: object[] = [];
      const count = ({ bytesWritten, bytesUnsent }: Pick<Connection, 'bytesWritten' | 'bytesUnsent'>) =>
        counts.push({ bytesWritten, bytesUnsent });
      let connection: Connection | undefined;
      let received = '';
      let socket: TransportSocket | undefined;
      const listener = transport.listen(
        { ...defaults.server, port: 1 },
        {
          accepted(accepted) {
            socket = accepted;
            accepted.open(
              reader((chunk) => {
                received += chunk.toString('latin1');
              }),
            );
            accepted.pause();
          },
          listening() {},
          lost() {},
          warned() {},
          failed() {},
        },
      );
      clock.advance(10);
      const subscription = concat(of('hello'), NEVER)
        .pipe(
          tcpConnect({
            ...{ port: 1, transport, proxyProtocol: 1 },
            connected: {
              next: (made) => {
                connection = made;
                count(made);
              },
            },
            closed: { next: count },
          }),
        )
        .subscribe();
      clock.advance(10);
      expect(connection).toBeUndefined();
      if (!isEarlyEnd) socket?.resume();
      clock.advance(100);
      if (connection) count(connection);
      subscription.unsubscribe();
      clock.advance(10);
      listener.close();
      socket?.destroy();
      clock.advance(10);
      expect(clock.timers).toBe(0);
      return { received, counts };
    });
  }

  it('comes before what the source emits, and is in no counter', () => {
    expect(counted(false)).toEqual({
      received: 'PROXY UNKNOWN\r\nhello',
      counts: [
        { bytesWritten: 0, bytesUnsent: 0 },
        { bytesWritten: 5, bytesUnsent: 0 },
        { bytesWritten: 5, bytesUnsent: 0 },
      ],
    });
  });

  it('and is never sent is in no counter either', () => {
    expect(counted(true)).toEqual({ received: '', counts: [{ bytesWritten: 0, bytesUnsent: 'hello'.length }] });
  });
});

/** Takes chunks, and nothing else. */
function reader(chunk: SocketEvents['chunk']): SocketEvents {
  const ignore = (): void => {};
  return {
    chunk,
    connected: ignore,
    peerEnded: ignore,
    uncorked: ignore,
    drained: ignore,
    failed: ignore,
    closed: ignore,
  };
}
