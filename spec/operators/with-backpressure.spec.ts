/** `withBackpressure`: what the operator emits, and what is held in the window and released. */
import fc from 'fast-check';
import {
  concatMap,
  delay,
  EMPTY,
  filter,
  from,
  map,
  mergeMap,
  type OperatorFunction,
  of,
  Subject,
  throwError,
  timer,
} from 'rxjs';
import { describe, expect, it } from 'vitest';
import { withBackpressure } from '../../lib/index.js';
import { RecordedWindow } from '../support/recorded-window.js';
import { inVirtualTime } from '../support/virtual-time.js';

const nothing = { items: 0, bytes: 0 };

describe('withBackpressure', () => {
  it('a source that never emits holds nothing', () => {
    const window = new RecordedWindow();
    inVirtualTime(({ cold, expectObservable }) => {
      expectObservable(cold('-----').pipe(withBackpressure(delay(2), window))).toBe('-----');
    });
    expect(window.log).toEqual([]);
  });

  it('an empty source completes and holds nothing', () => {
    const window = new RecordedWindow();
    inVirtualTime(({ cold, expectObservable }) => {
      expectObservable(cold('--|').pipe(withBackpressure(delay(2), window))).toBe('--|');
    });
    expect(window.log).toEqual([]);
  });

  it('one chunk is held from its arrival until its value comes out', () => {
    inVirtualTime(({ cold, expectObservable }) => {
      const window = new RecordedWindow();
      expectObservable(cold('-a----|').pipe(withBackpressure(delay(3), window))).toBe('----a-|');
      expectObservable(cold('x-x--x|').pipe(map(() => window.heldItems))).toBe('n-m--n|', { m: 1, n: 0 });
    });
  });

  it('many chunks are each held for as long as the operator has them', () => {
    inVirtualTime(({ cold, expectObservable }) => {
      const window = new RecordedWindow();
      expectObservable(cold('-abc-----|').pipe(withBackpressure(delay(3), window))).toBe('----abc--|');
      const held$ = cold('--x-x--x-|').pipe(
        delay(0),
        map(() => window.heldItems),
      );
      expectObservable(held$).toBe('--k-m--n-|', { k: 2, m: 2, n: 0 });
    });
  });

  it('an error of the source is passed on and releases all', () => {
    const window = new RecordedWindow();
    inVirtualTime(({ cold, expectObservable }) => {
      expectObservable(cold('ab-#').pipe(withBackpressure(delay(9), window))).toBe('---#');
    });
    expect([window.log, window.held]).toEqual([['+1', '+1', '-1', '-1'], nothing]);
  });

  it('an error of the operator is passed on and releases all', () => {
    const window = new RecordedWindow();
    inVirtualTime(({ cold, expectObservable }) => {
      const failing = mergeMap((chunk: string) => (chunk === 'b' ? throwError(() => 'error') : timer(9)));
      expectObservable(cold('a-b').pipe(withBackpressure(failing, window))).toBe('--#');
    });
    expect(window.held).toEqual(nothing);
  });

  it('what a callback of the operator throws is passed on and releases all', () => {
    const window = new RecordedWindow();
    inVirtualTime(({ cold, expectObservable }) => {
      const throwing = map((): string => {
        throw 'error';
      });
      expectObservable(cold('-a').pipe(withBackpressure(throwing, window))).toBe('-#');
    });
    expect([window.log, window.held]).toEqual([['+1', '-1'], nothing]);
  });

  it('unsubscribing releases all and unsubscribes from the source', () => {
    const window = new RecordedWindow();
    inVirtualTime(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('ab-----|');
      expectObservable(source.pipe(withBackpressure(delay(5), window)), '^--!').toBe('---');
      expectSubscriptions(source.subscriptions).toBe('^--!');
    });
    expect([window.log, window.held]).toEqual([['+1', '+1', '-1', '-1'], nothing]);
  });

  it('a chunk that comes while a value is emitted is held and released as well', () => {
    const window = new RecordedWindow();
    const taken: string[] = [];
    const chunks$ = new Subject<string>();
    chunks$.pipe(withBackpressure(map(String), window)).subscribe((chunk) => {
      taken.push(chunk);
      if (chunk === 'a') chunks$.next('bb');
    });
    chunks$.next('a');
    expect([taken, window.heldItems, window.heldBytes]).toEqual([['a', 'bb'], 0, 0]);
  });

  it('a chunk is released after its value is emitted, not before', () => {
    const window = new RecordedWindow();
    const heldWhenTaken: number[] = [];
    of('a', 'b')
      .pipe(withBackpressure(map(String), window))
      .subscribe(() => heldWhenTaken.push(window.heldItems));
    expect(heldWhenTaken).toEqual([1, 1]);
  });

  it('a chunk that the operator drops is released at the end', () => {
    const window = new RecordedWindow();
    of('a', 'b', 'c')
      .pipe(
        withBackpressure(
          filter((chunk) => chunk === 'c'),
          window,
        ),
      )
      .subscribe();
    expect(window.held).toEqual(nothing);
  });

  it('an operator that emits three values a chunk releases each chunk once', () => {
    const window = new RecordedWindow();
    of('a', 'b')
      .pipe(
        withBackpressure(
          concatMap((chunk) => [chunk, chunk, chunk]),
          window,
        ),
      )
      .subscribe();
    expect(window.log).toEqual(['+1', '-1', '+1', '-1']);
  });

  it('a string counts with its size in UTF-8, bytes with their length', () => {
    const window = new RecordedWindow();
    from(['ż🐍', Uint8Array.of(1, 2, 3), ''])
      .pipe(withBackpressure(map(String), window))
      .subscribe();
    expect(window.log).toEqual(['+6', '-6', '+3', '-3', '+0', '-0']);
  });

  it('a chunk that is neither bytes nor a string is an error, and is not held', () => {
    const window = new RecordedWindow();
    inVirtualTime(({ cold, expectObservable }) => {
      const chunks$ = cold('-a', { a: [1, 2] as unknown as string });
      const error = new TypeError('Expected a chunk to be a string or a Uint8Array, got `[ 1, 2 ]`');
      expectObservable(chunks$.pipe(withBackpressure(delay(2), window))).toBe('-#', {}, error);
    });
    expect(window.log).toEqual([]);
  });

  it('without a window the operator itself is returned', () => {
    const operator: OperatorFunction<string, string> = () => EMPTY;
    expect(withBackpressure(operator)).toBe(operator);
  });

  it('each subscription releases only what it holds', () => {
    const window = new RecordedWindow();
    inVirtualTime(({ cold, expectObservable }) => {
      const delayed$ = cold('a---|').pipe(withBackpressure(delay(2), window));
      expectObservable(delayed$, '^!');
      expectObservable(delayed$, '^').toBe('--a-|');
    });
    expect([window.log, window.held]).toEqual([['+1', '+1', '-1', '-1'], nothing]);
  });

  it('for any chunks and any end, every byte that is held is released', () => {
    const chunks = fc.array(fc.record({ at: fc.nat(20), bytes: fc.uint8Array({ maxLength: 9 }) }), { maxLength: 20 });
    const endings = fc.record({ at: fc.nat(30), how: fc.constantFrom('complete', 'error', 'unsubscribe') });
    fc.assert(
      fc.property(chunks, endings, fc.nat(9), (chunks, ending, delayMs) => {
        const window = new RecordedWindow();
        inVirtualTime(() => {
          const chunks$ = new Subject<Uint8Array>();
          const subscription = chunks$.pipe(withBackpressure(delay(delayMs), window)).subscribe({ error: () => {} });
          for (const { at, bytes } of chunks) timer(at).subscribe(() => chunks$.next(bytes));
          timer(ending.at).subscribe(() => {
            if (ending.how === 'complete') chunks$.complete();
            else if (ending.how === 'error') chunks$.error('error');
            else subscription.unsubscribe();
          });
        });
        expect(window.held).toEqual(nothing);
      }),
    );
  });
});
