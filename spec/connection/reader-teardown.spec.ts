/** What the teardown of a reader of chunks$ throws fails its connection, and no other. */
import { concat, defer, delay, EMPTY, filter, map, NEVER, type Observable, switchMap, take, tap } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Handler, TcpServerConfig } from '../../lib/index.js';
import { networks } from '../support/networks.js';
import type { RawPeer } from '../support/raw-peer.js';
import { type Serving, serving } from '../support/serving.js';

/** On the first connection, a reader beside the replies that throws when it is torn down; on the others, an echo. */
const throwing =
  (replies$: Observable<string>): Handler =>
  (chunks$, { id }) => {
    if (id > 1) return chunks$;
    chunks$.subscribe().add(() => {
      throw new Error('no luck');
    });
    return replies$;
  };

interface Case {
  readonly at: string;
  readonly config?: Partial<TcpServerConfig>;
  readonly replies$?: Observable<string>;
  readonly provoke: (peer: RawPeer, server: Serving) => void;
  readonly reason: string;
}

const cases: readonly Case[] = [
  { at: 'the end of the peer', provoke: ({ socket }) => socket.end(), reason: 'failed' },
  { at: 'a stop of the server', provoke: (_, { stop }) => stop(), reason: 'failed' },
  {
    at: 'the end of the peer, with the replies complete',
    replies$: EMPTY,
    provoke: ({ socket }) => socket.end(),
    reason: 'failed',
  },
  { at: 'the idle limit', config: { idleTimeoutMs: 30 }, provoke: () => {}, reason: 'idle' },
];

describe.each(networks)('a reader whose teardown throws, over the $name', ({ play }) => {
  it.each(cases)('at $at, is told of in the end of its connection', async (each) => {
    const { config = {}, replies$ = NEVER, provoke, reason } = each;
    const endings = await play((transport) =>
      serving(transport, throwing(replies$), config, (server) => {
        const peer = server.peer();
        peer.send('x');
        const opened$ = server.events$.pipe(filter(({ type }) => type === 'opened'));
        opened$.pipe(delay(1)).subscribe(() => provoke(peer, server)); // its handler is called by then
        return server.closed$.pipe(
          take(1),
          map(({ reason, error }) => [reason, error?.code, error?.message]),
        );
      }),
    );
    expect(endings).toEqual([[reason, 'ERR_HANDLER_FAILED', expect.stringContaining('no luck')]]);
  });

  it('leaves other connections as they are', async () => {
    const received = await play((transport) =>
      serving(transport, throwing(NEVER), {}, ({ peer, closed$ }) => {
        const bad = peer();
        return bad.when('connected').pipe(
          map(() => peer()),
          tap((good) => good.send('x')),
          switchMap((good) => good.whenReceived(1)),
          tap(() => bad.socket.end()),
          switchMap((good) =>
            concat(
              closed$.pipe(
                take(1),
                map(({ reason }) => reason),
              ),
              defer(() => echoed(good)),
            ),
          ),
        );
      }),
    );
    expect(received).toEqual(['failed', 'xy']);
  });
});

function echoed(peer: RawPeer): Observable<string> {
  peer.send('y');
  return peer.whenReceived(2).pipe(map(({ received }) => received));
}
