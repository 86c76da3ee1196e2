/** `inOrder` by its law: where RxJS's `concatMap` loses nothing, the two say the same at the same instants. */
import fc from 'fast-check';
import { concat, concatMap, map, type Observable, type OperatorFunction, throwError, timer } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { inOrder } from '../../lib/index.js';
import { runs } from './runs.js';
import { byHand, type Clock } from './stage.js';

/** Says something after each gap, then ends, or fails. It never ends at once: that is where `concatMap` loses values. */
const spoken = fc.record({
  gapsMs: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 3 }),
  fails: fc.nat(9).map((one) => one === 0),
});

type Spoken = typeof spoken extends fc.Arbitrary<infer T> ? T : never;

function speak({ gapsMs, fails }: Spoken, name: string): Observable<string> {
  const said$ = concat(...gapsMs.map((gapMs, index) => timer(gapMs).pipe(map(() => `${name}${index}`))));
  return fails
    ? concat(
        said$,
        throwError(() => `${name} failed`),
      )
    : said$;
}

/** What `source$` says through the operator until it is unsubscribed from, and when. */
function heard(clock: Clock, source$: Observable<string>, operator: OperatorFunction<string, string>, untilMs: number) {
  const told: unknown[] = [];
  const start = clock.now;
  const subscription = source$.pipe(operator).subscribe({
    next: (value) => told.push([clock.now - start, value]),
    error: (error) => told.push([clock.now - start, 'error', error]),
    complete: () => told.push([clock.now - start, 'completed']),
  });
  clock.advance(untilMs);
  subscription.unsubscribe();
  return { told, timers: clock.timers };
}

describe('inOrder, where no answer ends at once', () => {
  it('says what concatMap says, at the same instants, and leaves as little behind', () => {
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
