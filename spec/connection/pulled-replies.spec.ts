/** Replies as an iterable: asked for one by one as the peer takes them. */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { delay, filter, firstValueFrom, map, NEVER, Observable, of, switchMap, take, tap } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { type Bytes, memoryNetwork, tcpConnect, tcpServer } from '../../lib/index.js';
import { onStage } from '../properties/stage.js';
import { realNetworks } from '../support/networks.js';
import { serving, text } from '../support/serving.js';

const chunk = Buffer.alloc(16_384, 'x');

/** Replies without an end; counts those that were asked for, and sees its own return. */
class Endless {
  asked = 0;
  isReturned = false;

  *items(): Generator<Bytes> {
    try {
      for (;;) {
        this.asked += 1;
        yield chunk;
      }
    } finally {
      this.isReturned = true;
    }
  }

  async *asyncItems(): AsyncGenerator<Bytes> {
    yield* this.items();
  }
}

describe('an iterable as replies, in virtual time', () => {
  it.each([
    ['an array', ['a', 'b', 'c']],
    ['a set', new Set(['ab', 'c'])],
  ])('%s is sent whole, with FIN behind it', (_, items) => {
    onStage({ handler: () => items }, (stage) => {
      const peer = stage.peer();
      stage.clock.settle();
      expect(peer.received).toBe('abc');
      peer.socket.end();
      stage.clock.settle();
      expect(stage.of('closed')).toMatchObject([{ reason: 'ended', bytesWritten: 3 }]);
    });
  });

  it.each([
    ['a promise of replies', Promise.resolve('abc')],
    ['a string', 'abc'],
  ])('%s is no iterable, and is sent as RxJS emits it', async (_, replies) => {
    const received = firstValueFrom(
      new Observable<string>((subscriber) => {
        const transport = memoryNetwork();
        const server = tcpServer({ port: 1, transport }, () => replies).subscribe();
        NEVER.pipe(tcpConnect({ port: 1, transport }), text()).subscribe(subscriber);
        return () => server.unsubscribe();
      }),
    );
    expect(await received).toBe('abc');
  });

  it('that is nothing at all fails the connection', () => {
    onStage({ handler: () => undefined as never }, (stage) => {
      stage.peer();
      stage.clock.settle();
      expect(stage.of('closed')).toMatchObject([{ reason: 'failed', error: { cause: expect.any(TypeError) } }]);
    });
  });

  it('is not asked for more while over 64 KiB wait, and is asked again once they are sent', () => {
    const endless = new Endless();
    onStage({ handler: () => endless.items(), network: { bufferBytes: 1_000, latencyMs: 1 } }, (stage) => {
      const peer = stage.peer();
      peer.socket.pause();
      stage.clock.advance(1_000);
      const asked = endless.asked;
      expect(asked * chunk.length).toBeLessThanOrEqual(65_536 + 1_000 + chunk.length);
      peer.socket.resume();
      stage.clock.advance(200);
      expect(endless.asked).toBeGreaterThan(asked);
      peer.socket.reset();
      stage.clock.advance(10);
    });
  });

  it('is returned when the connection ends, and asked for no more', () => {
    const endless = new Endless();
    onStage({ handler: () => endless.items(), network: { bufferBytes: 1_000 } }, (stage) => {
      const peer = stage.peer();
      peer.socket.pause();
      stage.clock.settle();
      const { asked } = endless;
      peer.socket.reset();
      stage.clock.settle();
      expect(stage.of('closed')).toMatchObject([{ reason: 'reset' }]);
      expect(endless).toMatchObject({ asked, isReturned: true });
    });
  });

  it('that throws fails its connection, with the error as cause', () => {
    const cause = new Error('no luck');
    const handler = function* (): Generator<Bytes> {
      yield 'a';
      throw cause;
    };
    onStage({ handler }, (stage) => {
      stage.peer();
      stage.clock.settle();
      expect(stage.of('closed')).toMatchObject([{ reason: 'failed', error: { code: 'ERR_HANDLER_FAILED', cause } }]);
    });
  });
});

describe.each(realNetworks)('an iterable as replies over the $name', ({ play }) => {
  const bytes = 3_000_000;
  const parts = (): Buffer[] => Array.from({ length: 3 }, (_, index) => Buffer.alloc(bytes / 3, String(index)));
  const sources = {
    'an async generator': async function* () {
      yield* parts();
    },
    'a Node Readable': () => Readable.from(parts()),
    'a web ReadableStream': () => new Blob(parts()).stream(),
  };

  it.each(Object.entries(sources))('%s is sent whole, with FIN behind it', async (_, source) => {
    const expected = createHash('sha1').update(Buffer.concat(parts())).digest('hex');
    const got = await play((transport) =>
      serving(transport, source, {}, ({ connect }) =>
        NEVER.pipe(
          connect(),
          text(),
          map((all) => createHash('sha1').update(all, 'latin1').digest('hex')),
        ),
      ),
    );
    expect(got).toEqual([expected]);
  });

  it('that rejects when it is returned is reported with the end of its connection', async () => {
    const cause = new Error('no luck');
    const items: AsyncIterableIterator<string> = {
      [Symbol.asyncIterator]: () => items,
      next: () => new Promise(() => {}),
      return: () => Promise.reject(cause),
    };
    const endings = await play((transport) =>
      serving(
        transport,
        () => items,
        { maxLifetimeMs: 20 },
        ({ peer, closed$ }) => {
          peer();
          return closed$.pipe(take(1));
        },
      ),
    );
    expect(endings).toMatchObject([{ reason: 'lifetime', error: { code: 'ERR_HANDLER_FAILED', cause } }]);
  });

  it.each(['items', 'asyncItems'] as const)(
    'without an end lets other connections have their turns: %s',
    async (kind) => {
      const endless = new Endless();
      const got = await play((transport) =>
        serving(
          transport,
          (chunks$, { id }) => (id === 1 ? endless[kind]() : chunks$),
          {},
          ({ connect, peer }) =>
            peer()
              .whenReceived(4_000_000)
              .pipe(switchMap(() => of('echo').pipe(connect(), text()))),
        ),
      );
      expect(got).toEqual(['echo']);
      expect(endless.isReturned).toBe(true);
    },
  );

  it('to a peer that does not read is bounded, and the iterable is returned when the peer resets', async () => {
    const endless = new Endless();
    await play((transport) =>
      serving(
        transport,
        () => endless.asyncItems(),
        { writeTimeoutMs: 60_000 },
        ({ peer, events$ }) => {
          const slow = peer();
          slow.socket.pause();
          return events$.pipe(
            filter(({ type }) => type === 'opened'),
            take(1),
            delay(300),
            tap(() => slow.socket.reset()),
            switchMap(() => slow.when('closed')),
          );
        },
      ),
    );
    expect(endless.isReturned).toBe(true);
    expect(endless.asked * chunk.length).toBeLessThan(16_000_000); // what the kernel's buffers of both ends take, and 64 KiB
  });

  it('is asked for one reply at a time', async () => {
    let [asked, pending, mostPending] = [0, 0, 0];
    const next = async (): Promise<IteratorResult<Bytes>> => {
      asked += 1;
      pending += 1;
      mostPending = Math.max(mostPending, pending);
      await setTimeout(asked > 1 ? 5 : 0); // meanwhile the reply before is sent
      pending -= 1;
      return asked > 3 ? { done: true, value: undefined } : { value: 'x' };
    };
    const got = await play((transport) =>
      serving(
        transport,
        () => ({ [Symbol.asyncIterator]: () => ({ next }) }),
        {},
        ({ connect }) => NEVER.pipe(connect(), text()),
      ),
    );
    expect([got, mostPending]).toEqual([['xxx'], 1]);
  });

  it('that waits for data is destroyed when its connection ends, which is no failure', async () => {
    const waiting = new Readable({ read() {} });
    const closings = await play((transport) =>
      serving(
        transport,
        () => waiting,
        { maxLifetimeMs: 30 },
        ({ peer, closed$ }) => {
          peer();
          return closed$.pipe(
            take(1),
            map(({ reason, error }) => [reason, error]),
          );
        },
      ),
    );
    expect([closings, waiting.destroyed]).toEqual([[['lifetime', undefined]], true]);
  });

  it('is what a client sends, too', async () => {
    const got = await play((transport) =>
      serving(
        transport,
        (chunks$) => chunks$,
        {},
        ({ port }) => tcpConnect({ port, transport })(Readable.from(['a', 'b'])).pipe(text()),
      ),
    );
    expect(got).toEqual(['ab']);
  });
});
