/** Mistakes of a handler's author: each fails its own connection, says what is wrong, and disturbs no other. */
import { concat, delay, map, NEVER, of, repeat, take, tap } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { type Handler, inOrder, withBackpressure } from '../../lib/index.js';
import { onStage } from '../properties/stage.js';
import { networks, realNetworks } from '../support/networks.js';
import { serving, text } from '../support/serving.js';

/** What a connection closes with that sends one word and FIN. */
function closing(handler: Handler): unknown {
  return onStage({ handler }, (stage) => {
    const peer = stage.peer();
    peer.send('word');
    peer.socket.end();
    stage.clock.advance(10);
    const [closed] = stage.of('closed');
    return [closed?.reason, (closed?.error?.cause as Error | undefined)?.message];
  });
}

describe('a handler', () => {
  it('that subscribes to chunks$ again at its every end fails, with what to write instead', () => {
    const message = 'chunks$ was subscribed to 1 000 times after its end: end repeat() there, or give it a count';
    expect(closing((chunks$) => chunks$.pipe(take(1), repeat()))).toEqual(['failed', message]);
    expect(closing((chunks$) => chunks$.pipe(repeat()))).toEqual(['failed', message]);
    expect(closing((chunks$) => concat(chunks$, chunks$.pipe(repeat(1_001))))).toEqual(['failed', message]);
  });

  it('that reads on behind the end up to 1 000 times completes', () => {
    expect(closing((chunks$) => concat(chunks$.pipe(take(1)), chunks$, chunks$))).toEqual(['ended', undefined]);
    expect(closing((chunks$) => concat(chunks$, chunks$.pipe(repeat(1_000))))).toEqual(['ended', undefined]);
  });

  it.each([Number.NaN, -1, Number.POSITIVE_INFINITY, undefined])('that holds %s bytes fails', (bytes) => {
    const handler: Handler = (chunks$, connection) => chunks$.pipe(tap(() => connection.hold(bytes as number)));
    expect(closing(handler)).toEqual(['failed', `Expected \`bytes\` to be a number from 0, got \`${bytes}\``]);
  });

  it('that gives withBackpressure what is no bytes fails', () => {
    const handler: Handler = (chunks$, connection) =>
      chunks$.pipe(
        map(() => ({ word: 1 }) as never),
        withBackpressure(delay(1), connection),
      );
    const message = 'Expected a chunk to be a string or a Uint8Array, got `{ word: 1 }`';
    expect(closing(handler)).toEqual(['failed', message]);
  });

  it('whose sizeOf is no size fails', () => {
    const config = { sizeOf: () => Number.NaN };
    const handler: Handler = (chunks$, connection) => chunks$.pipe(inOrder((chunk) => of(chunk), connection, config));
    expect(closing(handler)).toEqual(['failed', 'Expected `bytes` to be a number from 0, got `NaN`']);
  });
});

describe.each(realNetworks)('a buffer that is transferred to another thread over the $name', ({ play }) => {
  it('while it waits to be sent fails its connection', async () => {
    const handler: Handler = (_, { id }) => {
      if (id > 1) return of('well');
      const buffers = Array.from({ length: 200 }, () => Buffer.from(new ArrayBuffer(65_536)));
      setImmediate(() => {
        for (const buffer of buffers.slice(150)) structuredClone(buffer, { transfer: [buffer.buffer as ArrayBuffer] });
      });
      return concat(of(...buffers), NEVER);
    };
    const seen = await play((transport) =>
      serving(transport, handler, {}, ({ peer, connect, closed$ }) => {
        const slow = peer();
        slow.socket.pause();
        const closed$1 = closed$.pipe(
          take(1),
          map(({ reason, error }) => [reason, error?.message.replace(/^.*?: /, '')]),
        );
        setTimeout(() => slow.socket.resume(), 100);
        return concat(closed$1, NEVER.pipe(connect(), text()));
      }),
    );
    expect(seen).toEqual([['reset', 'a buffer was transferred to another thread before it was sent'], 'well']);
  });
});

describe.each(networks)('a half-closed peer over the $name', ({ play }) => {
  it('of a handler that never completes is closed at idleTimeoutMs after the last reply', async () => {
    const reasons = await play((transport) =>
      serving(
        transport,
        (chunks$) => concat(chunks$, NEVER),
        { idleTimeoutMs: 50 },
        ({ peer, closed$ }) => {
          const half = peer();
          half.send('x');
          half.when('connected').subscribe(() => half.socket.end());
          return closed$.pipe(
            take(1),
            map(({ reason, bytesWritten }) => [reason, bytesWritten]),
          );
        },
      ),
    );
    expect(reasons).toEqual([['idle', 1]]);
  });
});
