/** The subscribers of chunks$: one at a time, and no byte is lost between two of them. */
import {
  concat,
  concatWith,
  delay,
  delayWhen,
  EMPTY,
  finalize,
  from,
  ignoreElements,
  map,
  merge,
  mergeMap,
  NEVER,
  Observable,
  of,
  switchMap,
  take,
  tap,
  timer,
  toArray,
} from 'rxjs';
import { describe, expect, it } from 'vitest';
import { type Handler, inOrder, withBackpressure } from '../../lib/index.js';
import { networks } from '../support/networks.js';
import { serving, text } from '../support/serving.js';
import { until } from '../support/until.js';

describe.each(networks)('the subscribers of chunks$ over the $name', ({ play }) => {
  it('one after another receive every byte, those that arrive in between included', async () => {
    const handler: Handler = (chunks$) =>
      concat(
        chunks$.pipe(
          take(1),
          map((chunk) => `first ${chunk}, `),
        ),
        timer(20).pipe(ignoreElements()),
        chunks$.pipe(map((chunk) => `then ${chunk}`)),
      );
    const got = await play((transport) =>
      serving(transport, handler, { maxChunkBytes: 3 }, ({ connect }) => of('onetwo').pipe(connect(), text())),
    );
    expect(got).toEqual(['first one, then two']);
  });

  const holding: Record<string, Handler> = {
    'before a reader comes': (chunks$) => timer(20).pipe(switchMap(() => chunks$)),
    'in withBackpressure': (chunks$, connection) => chunks$.pipe(withBackpressure(delay(20), connection)),
    'in inOrder': (chunks$, connection) => chunks$.pipe(inOrder((chunk) => of(chunk).pipe(delay(20)), connection)),
  };
  it.each(Object.keys(holding))('a small chunk that is held %s keeps no memory but its own', async (name) => {
    const memoryBytes: number[] = [];
    const handler = holding[name] as Handler;
    const measured: Handler = (chunks$, connection) =>
      from(handler(chunks$, connection)).pipe(tap((chunk) => memoryBytes.push((chunk as Buffer).buffer.byteLength)));
    const got = await play((transport) =>
      serving(transport, measured, {}, ({ connect }) => of(Buffer.from('abc')).pipe(connect(), text())),
    );
    expect(got).toEqual(['abc']);
    expect(memoryBytes).toEqual([3]);
  });

  const headerFirst: Record<string, Handler> = {
    'as the first one completes': (chunks$) => chunks$.pipe(take(1), concatWith(chunks$)),
    'from what the first one emits': (chunks$) =>
      chunks$.pipe(
        take(1),
        switchMap((header) => chunks$.pipe(map((chunk) => `${header}${chunk}`))),
      ),
    'as one completes behind an operator that holds chunks': (chunks$, connection) =>
      chunks$.pipe(withBackpressure(delay(5), connection), take(1), concatWith(chunks$)),
    'in the completion of the first one': (chunks$) =>
      new Observable((replies) => {
        chunks$
          .pipe(take(1))
          .subscribe({ next: (chunk) => replies.next(chunk), complete: () => chunks$.subscribe(replies) });
      }),
  };
  const expected: Record<string, string> = {
    'from what the first one emits': 'ABACADAE',
  };
  for (const [name, handler] of Object.entries(headerFirst)) {
    it(`a second one takes over ${name}`, async () => {
      const config = { maxChunkBytes: 1, highWaterMarkBytes: 200 };
      const got = await play((transport) =>
        serving(transport, handler, config, ({ connect }) => of('ABCDE').pipe(connect(), text())),
      );
      expect(got).toEqual([expected[name] ?? 'ABCDE']);
    });
  }

  it('two at a time close the connection with ERR_CHUNKS_LOCKED', async () => {
    const handler: Handler = (chunks$) => merge(chunks$, chunks$);
    const codes = await play((transport) =>
      serving(transport, handler, {}, ({ peer, closed$ }) => {
        peer();
        return closed$.pipe(
          take(1),
          map(({ error }) => error?.cause),
        );
      }),
    );
    const message = expect.stringContaining('share() it, or subscribe once the first has gone');
    expect(codes).toMatchObject([{ code: 'ERR_CHUNKS_LOCKED', message }]);
  });

  it('one that comes while a chunk is delivered is refused if the first one stays', async () => {
    const handler: Handler = (chunks$) => chunks$.pipe(mergeMap((chunk) => merge(of(chunk), chunks$)));
    const codes = await play((transport) =>
      serving(transport, handler, {}, ({ peer, closed$ }) => {
        peer().send('x');
        return closed$.pipe(
          take(1),
          map(({ error }) => error?.cause),
        );
      }),
    );
    expect(codes).toMatchObject([{ code: 'ERR_CHUNKS_LOCKED' }]);
  });

  it('two that come while a chunk is delivered are refused, though the first one goes', async () => {
    const handler: Handler = (chunks$) =>
      chunks$.pipe(
        tap(() => merge(chunks$, chunks$).subscribe()),
        take(1),
      );
    const causes = await play((transport) =>
      serving(transport, handler, {}, ({ peer, closed$ }) => {
        const client = peer();
        client.send('x');
        client.socket.end();
        return closed$.pipe(
          take(1),
          map(({ error }) => error?.cause),
        );
      }),
    );
    expect(causes).toMatchObject([{ code: 'ERR_CHUNKS_LOCKED' }]);
  });

  it('one that comes and goes while a chunk is delivered leaves the first one in place', async () => {
    const handler: Handler = (chunks$) => chunks$.pipe(tap(() => chunks$.subscribe().unsubscribe()));
    const got = await play((transport) =>
      serving(transport, handler, { maxChunkBytes: 1 }, ({ connect }) => of('ABC').pipe(connect(), text())),
    );
    expect(got).toEqual(['ABC']);
  });

  it('one that makes room while it takes a chunk gets the next chunk behind this one', async () => {
    const handler: Handler = (chunks$, connection) =>
      chunks$.pipe(
        map((chunk) => {
          connection.hold(1);
          connection.release(1);
          return chunk;
        }),
      );
    const got = await play((transport) =>
      serving(transport, handler, { maxChunkBytes: 1 }, ({ connect }) => of('ABCDE').pipe(connect(), text())),
    );
    expect(got).toEqual(['ABCDE']);
  });

  it('one that outlives the replies receives all that arrived, though both sides have ended', async () => {
    const saved: string[] = [];
    const handler: Handler = (chunks$, connection) => {
      const slowly$ = chunks$.pipe(inOrder((chunk) => of(chunk).pipe(delay(1)), connection));
      slowly$.subscribe({ next: (chunk) => saved.push(String(chunk)), complete: () => saved.push('.') });
      return EMPTY;
    };
    const sent = 'x'.repeat(60_000);
    const reasons = await play((transport) =>
      serving(transport, handler, { maxChunkBytes: 1_024 }, ({ connect, closed$ }) => {
        of(sent).pipe(connect()).subscribe();
        return closed$.pipe(
          take(1),
          delayWhen(() => until(() => saved.at(-1) === '.')), // it answers one piece after another
          map(({ reason }) => [reason, saved.join('') === `${sent}.`]),
        );
      }),
    );
    expect(reasons).toEqual([['ended', true]]);
  });

  it('one that outlives the replies completes with the peer’s FIN', async () => {
    const uploads: string[] = [];
    const handler: Handler = (chunks$) => {
      chunks$.pipe(toArray()).subscribe((chunks) => uploads.push(Buffer.concat(chunks).toString()));
      return of('hello');
    };
    await play((transport) =>
      serving(transport, handler, {}, ({ peer, closed$ }) => {
        const client = peer();
        return client.when('ended').pipe(
          tap(() => client.send('upload')),
          tap(() => client.socket.end()),
          switchMap(() => closed$),
          take(1),
        );
      }),
    );
    expect(uploads).toEqual(['upload']);
  });
});

describe.each(networks)('user code that misbehaves over the $name', ({ play }) => {
  const noLuck = () => {
    throw new Error('no luck');
  };

  it('a teardown that throws after the last reply closes with failed, and the replies arrive all the same', async () => {
    const endings = await play((transport) =>
      serving(
        transport,
        (chunks$) => chunks$.pipe(finalize(noLuck)),
        {},
        ({ connect, closed$ }) => {
          of('x').pipe(connect()).subscribe();
          return closed$.pipe(
            take(1),
            map(({ reason, error, bytesWritten }) => [reason, error?.code, bytesWritten]),
          );
        },
      ),
    );
    expect(endings).toEqual([['failed', 'ERR_HANDLER_FAILED', 1]]);
  });

  it('a teardown that throws while the last reply waits to be sent does not cut the reply off', async () => {
    const reply = Buffer.alloc(4 * 1_024 * 1_024, 'x');
    const seen = await play((transport) =>
      serving(
        transport,
        (chunks$) =>
          chunks$.pipe(
            take(1),
            map(() => reply),
            finalize(noLuck),
          ),
        {},
        ({ connect, closed$ }) =>
          merge(
            of('x').pipe(
              connect(),
              text(),
              map((all) => all.length),
            ),
            closed$.pipe(
              take(1),
              map(({ reason }) => reason),
            ),
          ),
      ),
    );
    expect(seen.sort()).toEqual([reply.length, 'failed']);
  });

  it('a teardown that throws at a reset closes with reset, and the error of the reset is kept', async () => {
    const endings = await play((transport) =>
      serving(
        transport,
        () => NEVER.pipe(finalize(noLuck)),
        {},
        ({ peer, read, closed$ }) => {
          const client = peer();
          client
            .when('connected')
            .pipe(switchMap(() => read(0)))
            .subscribe(() => client.socket.reset());
          return closed$.pipe(
            take(1),
            map(({ reason, error }) => [reason, error?.code]),
          );
        },
      ),
    );
    expect(endings).toEqual([['reset', 'ERR_CONNECTION_RESET']]);
  });

  const unprintable: unknown[] = [
    Object.create(null),
    Symbol('x'),
    Object.defineProperty(new Error(), 'message', {
      get() {
        throw new Error('no message');
      },
    }),
  ];
  it.each(unprintable.map((value, index) => [index, value] as const))(
    'an error that cannot be printed (%i) closes its connection with failed',
    async (_, value) => {
      const handler: Handler = (chunks$) =>
        chunks$.pipe(
          mergeMap(() => {
            throw value;
          }),
        );
      const reasons = await play((transport) =>
        serving(transport, handler, {}, ({ peer, closed$ }) => {
          peer().send('x');
          return closed$.pipe(
            take(1),
            map(({ reason }) => reason),
          );
        }),
      );
      expect(reasons).toEqual(['failed']);
    },
  );
});
