/** Where RxJS's `concatMap` loses nothing, `inOrder` emits the same at the same instants. */
import fc from 'fast-check';
import { concat, concatMap, map, type Observable, type OperatorFunction, throwError, timer } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { inOrder } from '../../lib/index.js';
import { runs } from './runs.js';
import { byHand, type Clock } from './stage.js';

/** Emits after each gap, then completes or fails. It never completes at once: that is where `concatMap` loses values. */
const spoken = fc.record({
  gapsMs: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 3 }),
  fails: fc.nat(9).map((one) => one === 0),
});

type Spoken = typeof spoken extends fc.Arbitrary<infer T> ? T : never;

function speak({ gapsMs, fails }: Spoken, name: string): Observable<string> {
  const values$ = concat(...gapsMs.map((gapMs, index) => timer(gapMs).pipe(map(() => `${name}${index}`))));
  return fails
    ? concat(
        values$,
        throwError(() => `${name} failed`),
      )
    : values$;
}

/** What `source$` emits through the operator until it is unsubscribed from, and when. */
function heard(clock: Clock, source$: Observable<string>, operator: OperatorFunction<string, string>, untilMs: number) {
  const seen: unknown[] = [];
  const start = clock.now;
  const subscription = source$.pipe(operator).subscribe({
    next: (value) => seen.push([clock.now - start, value]),
    error: (error) => seen.push([clock.now - start, 'error', error]),
    complete: () => seen.push([clock.now - start, 'completed']),
  });
  clock.advance(untilMs);
  subscription.unsubscribe();
  return { seen, timers: clock.timers };
}

describe('inOrder, where no answer ends at once', () => {
  it('emits what concatMap emits, at the same instants, and leaves as few timers', () => {
    const property = fc.property(
      spoken,
      fc.array(spoken, { minLength: 1 }),
      fc.nat(200),
      (source, answers, untilMs) => {
        const answer = (chunk: string, index: number) => speak(answers[index % answers.length] as Spoken, chunk);
        byHand((clock) => {
          const ours = heard(clock, speak(source, 'chunk'), inOrder(answer), untilMs);
          const theirs = heard(clock, speak(source, 'chunk'), concatMap(answer), untilMs);
          expect(ours).toEqual(theirs);
        });
      },
    );
    fc.assert(property, runs(1_000));
  });
});
