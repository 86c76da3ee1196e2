/** `inOrder`: answers in order, also behind slow ones and long backlogs. */
import fc from 'fast-check';
import {
  asapScheduler,
  delay,
  EMPTY,
  from,
  lastValueFrom,
  map,
  mergeMap,
  NEVER,
  type Observable,
  type ObservableInput,
  of,
  Subject,
  type Subscription,
  scheduled,
  take,
  throwError,
  timer,
  toArray,
  zip,
} from 'rxjs';
import { describe, expect, it } from 'vitest';
import { inOrder } from '../../lib/index.js';
import { RecordedWindow } from '../support/recorded-window.js';
import { isBrief, isLong } from '../support/tier.js';
import { inVirtualTime } from '../support/virtual-time.js';

describe('inOrder', () => {
  it('a source that never emits has no answer', () => {
    inVirtualTime(({ cold, expectObservable }) => {
      expectObservable(cold('-----').pipe(inOrder((chunk) => of(chunk)))).toBe('-----');
    });
  });

  it('an empty source completes at once', () => {
    inVirtualTime(({ cold, expectObservable }) => {
      expectObservable(cold('--|').pipe(inOrder((chunk) => of(chunk)))).toBe('--|');
    });
  });

  it('one chunk has one answer, and completion follows it', () => {
    inVirtualTime(({ cold, expectObservable }) => {
      expectObservable(cold('-a|').pipe(inOrder(() => cold('---x|')))).toBe('----x|');
    });
  });

  it('many chunks are answered one at a time, in order', () => {
    inVirtualTime(({ cold, expectObservable }) => {
      const answers: Record<string, string> = { a: '----a|', b: 'b|', c: '--c|' };
      const answered$ = cold('abc----|').pipe(inOrder((chunk) => cold(answers[chunk] as string)));
      expectObservable(answered$).toBe('----ab--c|');
    });
  });

  it('project is not called for a chunk before the previous one is answered', () => {
    inVirtualTime(({ cold, expectObservable, expectSubscriptions }) => {
      const [first, second] = [cold('--x|'), cold('--y|')];
      expectObservable(cold('(ab)').pipe(inOrder((_, index) => (index === 0 ? first : second)))).toBe('--x--y');
      expectSubscriptions(first.subscriptions).toBe('^--!');
      expectSubscriptions(second.subscriptions).toBe('---^--!');
    });
  });

  it('project is called with each chunk and its index', () => {
    const asked: [string, number][] = [];
    of('a', 'b', 'c')
      .pipe(
        inOrder((chunk, index) => {
          asked.push([chunk, index]);
          return EMPTY;
        }),
      )
      .subscribe();
    expect(asked).toEqual([
      ['a', 0],
      ['b', 1],
      ['c', 2],
    ]);
  });

  it('an answer may have any number of values', () => {
    inVirtualTime(({ cold, expectObservable }) => {
      const answers: Record<string, string> = { a: '|', b: '-b-B|', c: '(cC|)' };
      const answered$ = cold('(abc|)').pipe(inOrder((chunk) => cold(answers[chunk] as string)));
      expectObservable(answered$).toBe('-b-B(cC|)');
    });
  });

  it('an error of the source is passed on at once and ends the answer', () => {
    inVirtualTime(({ cold, expectObservable, expectSubscriptions }) => {
      const answer = cold('------x|');
      expectObservable(cold('a--#').pipe(inOrder(() => answer))).toBe('---#');
      expectSubscriptions(answer.subscriptions).toBe('^--!');
    });
  });

  it('an error of an answer is passed on and unsubscribes from the source', () => {
    inVirtualTime(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('ab----|');
      expectObservable(source.pipe(inOrder(() => cold('-x-#')))).toBe('-x-#');
      expectSubscriptions(source.subscriptions).toBe('^--!');
    });
  });

  it('what project throws is passed on and unsubscribes from the source', () => {
    inVirtualTime(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('-ab|');
      const throwing = (): ObservableInput<string> => {
        throw 'error';
      };
      expectObservable(source.pipe(inOrder(throwing))).toBe('-#');
      expectSubscriptions(source.subscriptions).toBe('^!');
    });
  });

  it('an answer that cannot be subscribed to is an error', async () => {
    const answered$ = of('a').pipe(inOrder(() => undefined as unknown as ObservableInput<string>));
    await expect(lastValueFrom(answered$)).rejects.toThrow(TypeError);
  });

  it('unsubscribing unsubscribes from the source and the answer', () => {
    inVirtualTime(({ cold, expectObservable, expectSubscriptions }) => {
      const [source, answer] = [cold('ab----|'), cold('---x--|')];
      expectObservable(source.pipe(inOrder(() => answer)), '^-!').toBe('---');
      expectSubscriptions(source.subscriptions).toBe('^-!');
      expectSubscriptions(answer.subscriptions).toBe('^-!');
    });
  });

  it('project is not called for a chunk that waits while it is unsubscribed from', () => {
    const asked: string[] = [];
    inVirtualTime(({ cold, expectObservable }) => {
      const answered$ = cold('ab').pipe(
        inOrder((chunk) => {
          asked.push(chunk);
          return cold('---x|');
        }),
      );
      expectObservable(answered$, '^-!').toBe('---');
    });
    expect(asked).toEqual(['a']);
  });

  it('project is not called for a chunk that comes after the last answer that is taken', () => {
    const asked: string[] = [];
    const ask = (chunk: string) => {
      asked.push(chunk);
      return of(chunk);
    };
    of('a', 'b').pipe(inOrder(ask), take(1)).subscribe();
    expect(asked).toEqual(['a']);
  });

  it('a chunk that comes during an answer is answered after it', () => {
    const chunks$ = new Subject<string>();
    const taken: string[] = [];
    chunks$.pipe(inOrder((chunk) => [`${chunk}1`, `${chunk}2`])).subscribe((answer) => {
      taken.push(answer);
      if (answer === 'a1') chunks$.next('b');
    });
    chunks$.next('a');
    expect(taken).toEqual(['a1', 'a2', 'b1', 'b2']);
  });

  it('a source that completes during an answer completes the output after it', () => {
    const chunks$ = new Subject<string>();
    const taken: string[] = [];
    chunks$.pipe(inOrder((chunk) => [`${chunk}1`, `${chunk}2`])).subscribe({
      next: (answer) => {
        taken.push(answer);
        chunks$.complete();
      },
      complete: () => taken.push('completed'),
    });
    chunks$.next('a');
    expect(taken).toEqual(['a1', 'a2', 'completed']);
  });

  it('an answer that never completes keeps the next chunk waiting', () => {
    inVirtualTime(({ cold, expectObservable }) => {
      expectObservable(cold('ab|').pipe(inOrder((_, index) => (index === 0 ? NEVER : of('b'))))).toBe('-----');
    });
  });

  it('a promise is an answer', async () => {
    const answers = [Promise.resolve('x'), Promise.resolve('y')];
    const answered$ = of('a', 'b').pipe(inOrder((_, index) => answers[index] as Promise<string>));
    await expect(lastValueFrom(answered$.pipe(toArray()))).resolves.toEqual(['x', 'y']);
  });

  it('a promise that rejects is an error', async () => {
    const answered$ = of('a').pipe(inOrder(() => Promise.reject(new Error('no answer'))));
    await expect(lastValueFrom(answered$)).rejects.toThrow('no answer');
  });

  it('each subscription calls project anew', () => {
    inVirtualTime(({ cold, expectObservable }) => {
      const answered$ = cold('a|').pipe(inOrder((_, index) => of(String(index))));
      expectObservable(answered$).toBe('0|');
      expectObservable(answered$, '--^').toBe('--0|');
    });
  });
});

describe.skipIf(isBrief)('inOrder with a long backlog', () => {
  const length = 100_000;
  const chunks = Array.from({ length }, (_, index) => String(index));

  const slowFirst = (chunk: string, index: number) => (index === 0 ? timer(10).pipe(map(() => chunk)) : of(chunk));

  /** How many have a backlog at the same time: few enough for the memory. */
  const atOnce = 5;
  const handlers = isLong ? 1_000 : atOnce;

  it(`${handlers} handlers, each with 100 000 synchronous answers behind a slow one, deliver all in order`, () => {
    for (let done = 0; done < handlers; done += atOnce) {
      const deliveries = Array.from({ length: atOnce }, () => ({ inOrder: 0, all: 0, completions: 0 }));
      inVirtualTime(() => {
        for (const delivery of deliveries) {
          const next = (answer: string) => {
            if (answer === chunks[delivery.inOrder]) delivery.inOrder += 1;
            delivery.all += 1;
          };
          from(chunks)
            .pipe(inOrder(slowFirst))
            .subscribe({ next, complete: () => (delivery.completions += 1) });
        }
      });
      expect(deliveries).toEqual(Array(atOnce).fill({ inOrder: length, all: length, completions: 1 }));
    }
  });

  it('100 000 empty answers behind a slow one complete', () => {
    inVirtualTime(({ expectObservable }) => {
      const answered$ = from(chunks).pipe(inOrder((_, index) => (index === 0 ? timer(10) : EMPTY)));
      expectObservable(answered$).toBe('10ms (x|)', { x: 0 });
    });
  });

  it('100 000 chunks that each come during the previous answer are answered in order', () => {
    const chunks$ = new Subject<string>();
    const taken: string[] = [];
    chunks$.pipe(inOrder((chunk) => of(chunk))).subscribe((answer) => {
      taken.push(answer);
      if (taken.length < length) chunks$.next(String(taken.length));
    });
    chunks$.next('0');
    expect(taken).toEqual(chunks);
  });

  it('100 000 promises are answered in order', async () => {
    const answered$ = from(chunks).pipe(inOrder((chunk) => Promise.resolve(chunk)));
    expect(await lastValueFrom(answered$.pipe(toArray()))).toEqual(chunks);
  });
});

/** An answer, and its values. */
interface Planned {
  readonly values: readonly number[];
  ask(): ObservableInput<number>;
}

describe('inOrder with any answers', () => {
  const values = fc.array(fc.nat(9), { maxLength: 4 });
  const at = fc.nat(5);
  const now = values.map((values): Planned => ({ values, ask: () => from(values) }));

  it('however late the answers are, the output has them one after the other', () => {
    const later = fc.tuple(values, at).map(([values, at]) => ({
      values,
      ask: () => timer(at).pipe(mergeMap(() => values)),
    }));
    const spread = fc.tuple(values, at).map(([values, at]) => ({
      values,
      ask: () => zip(values, timer(at, at)).pipe(map(([value]) => value)),
    }));
    fc.assert(
      fc.property(fc.array(fc.oneof(now, later, spread)), fc.nat(3), (plan, gapMs) => {
        const taken: unknown[] = [];
        inVirtualTime(() => {
          const chunks$ = timer(0, gapMs).pipe(take(plan.length), map(String));
          answersTo(chunks$, plan).subscribe({ next: (value) => taken.push(value), complete: () => taken.push('end') });
        });
        expect(taken).toEqual([...plan.flatMap((answer) => answer.values), 'end']);
      }),
    );
  });

  it('of whatever kind the answers are, the output has them one after the other', async () => {
    const asap = values.map((values) => ({ values, ask: () => scheduled(values, asapScheduler) }));
    const promise = fc.nat(9).map((value) => ({ values: [value], ask: () => Promise.resolve(value) }));
    const generator = values.map((values) => ({ values, ask: () => generate(values) }));
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(now, asap, promise, generator)), async (plan) => {
        const chunks$ = from(plan.map((_, index) => String(index)));
        const output = await lastValueFrom(answersTo(chunks$, plan).pipe(toArray()));
        expect(output).toEqual(plan.flatMap((answer) => answer.values));
      }),
    );
  });
});

function answersTo(chunks$: Observable<string>, plan: readonly Planned[]): Observable<number> {
  return chunks$.pipe(inOrder((_, index) => (plan[index] as Planned).ask()));
}

async function* generate<T>(values: readonly T[]): AsyncGenerator<T> {
  yield* values;
}

describe('the window of inOrder', () => {
  it('counts a chunk from its arrival until it is answered', () => {
    inVirtualTime(({ cold, expectObservable }) => {
      const window = new RecordedWindow();
      expectObservable(cold('(ab)').pipe(inOrder(() => cold('--x|'), window))).toBe('--x--x');
      const held$ = cold('x--x--x|').pipe(
        delay(0),
        map(() => String(window.heldItems)),
      );
      expectObservable(held$).toBe('2--1--0|');
    });
  });

  it('counts a string with its size in UTF-8', () => {
    const window = new RecordedWindow();
    of('ż🐍')
      .pipe(inOrder(() => EMPTY, window))
      .subscribe();
    expect(window.log).toEqual(['+6', '-6']);
  });

  it.each<[ending: string, marbles: string, answer: () => ObservableInput<unknown>, until?: number]>([
    ['an error of the source', 'abc-#', () => timer(9)],
    ['an error of an answer', 'abc', () => timer(4).pipe(mergeMap(() => throwError(() => 'error')))],
    ['what project throws', 'abc', thrower()],
    ['unsubscribing', 'abc', () => timer(9), 5],
    ['completion', 'abc|', () => timer(2)],
  ])('is empty after %s', (_, marbles, answer, until) => {
    const window = new RecordedWindow();
    inVirtualTime(({ cold }) => {
      const subscription = cold(marbles)
        .pipe(inOrder(answer, window))
        .subscribe({ error: () => {} });
      if (until !== undefined) timer(until).subscribe(() => subscription.unsubscribe());
    });
    expect([window.log.length, window.held]).toEqual([6, { items: 0, bytes: 0 }]);
  });

  it('for any chunks and any end, every byte that is held is released', () => {
    const chunks = fc.array(fc.record({ at: fc.nat(20), bytes: fc.uint8Array({ maxLength: 9 }), takes: fc.nat(5) }));
    const endings = fc.record({ at: fc.nat(40), how: fc.constantFrom('complete', 'error', 'unsubscribe') });
    fc.assert(
      fc.property(chunks, endings, (chunks, ending) => {
        const window = new RecordedWindow();
        inVirtualTime(() => {
          const chunks$ = new Subject<Uint8Array>();
          const answered$ = chunks$.pipe(inOrder((_, index) => timer(chunks[index]?.takes ?? 0), window));
          const subscription = answered$.subscribe({ error: () => {} });
          for (const { at, bytes } of chunks) timer(at).subscribe(() => chunks$.next(bytes));
          timer(ending.at).subscribe(() => end(chunks$, subscription, ending.how));
        });
        expect(window.held).toEqual({ items: 0, bytes: 0 });
      }),
    );
  });
});

/** Answers the first chunk late, so that others wait, and throws for the second one. */
function thrower(): () => ObservableInput<unknown> {
  let asked = 0;
  return () => {
    asked += 1;
    if (asked === 1) return timer(5);
    throw 'error';
  };
}

function end(chunks$: Subject<Uint8Array>, subscription: Subscription, how: string): void {
  if (how === 'complete') chunks$.complete();
  else if (how === 'error') chunks$.error('error');
  else subscription.unsubscribe();
}

describe('inOrder with a concurrency', () => {
  const cases: [string, number, string, string][] = [
    ['1 works on one item at a time', 1, '(abc|)', '50ms a 39ms b 19ms (c|)'],
    ['2 starts the second with the first', 2, '(abc|)', '50ms (ab) 6ms (c|)'],
    ['Infinity starts all at once, and keeps their order', Number.POSITIVE_INFINITY, '(abc|)', '50ms (abc|)'],
  ];

  it.each(cases)('%s', (_, concurrency, source, expected) => {
    const ms: Record<string, number> = { a: 50, b: 40, c: 20 };
    inVirtualTime(({ cold, expectObservable }) => {
      const answers$ = cold(source).pipe(
        inOrder((word) => of(word).pipe(delay(ms[word] as number)), undefined, { concurrency }),
      );
      expectObservable(answers$).toBe(expected);
    });
  });

  it('emits the values of an answer as they come once it is its turn, and those that came early before', () => {
    inVirtualTime(({ cold, expectObservable }) => {
      const answers: Record<string, string> = { a: '---x|', b: '-12-------3|' };
      const answers$ = cold('(ab|)').pipe(
        inOrder((word) => cold(answers[word] as string), undefined, { concurrency: 2 }),
      );
      expectObservable(answers$).toBe('---x(12)--3|');
    });
  });

  it('releases what it holds of answers under way and of items that wait, when it is unsubscribed', () => {
    const window = new RecordedWindow();
    const subscription = from(['a', 'bb', 'ccc'])
      .pipe(inOrder(() => NEVER, window, { concurrency: 2 }))
      .subscribe();
    expect(window.held.items).toBe(3);
    subscription.unsubscribe();
    expect(window.held).toEqual({ items: 0, bytes: 0 });
  });

  it('counts values that are no bytes with sizeOf, or with nothing beside their overhead', () => {
    const sizes: number[] = [];
    const window = { hold: (bytes: number) => sizes.push(bytes), release: () => {} };
    of({ n: 7 })
      .pipe(inOrder(() => EMPTY, window))
      .subscribe();
    of({ n: 7 })
      .pipe(inOrder(() => EMPTY, window, { sizeOf: ({ n }) => n }))
      .subscribe();
    expect(sizes).toEqual([0, 7]);
  });

  it.each([0, 1.5, '2'])('refuses the concurrency %s', (concurrency) => {
    expect(() => inOrder(() => EMPTY, undefined, { concurrency: concurrency as number })).toThrow(
      /Expected `concurrency` to be/,
    );
  });
});
