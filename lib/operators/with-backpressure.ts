/** Counts in a connection's window what an asynchronous operator holds. */
import { Observable, type OperatorFunction, takeUntil, tap } from 'rxjs';
import Queue from 'yocto-queue';
import type { FlowWindow } from '../connection/connection.js';
import { type Bytes, byteLength } from '../values/bytes.js';
import { endOf } from './end-of.js';

/**
 * `operator`, with each chunk in `window` from its way in to its way out, so that reading pauses while much is held.
 *
 * For operators that emit one value for each that they take, in order, such as `delay`: the first to come out is taken
 * for the first that went in. One that drops values never gives their room back, and the reading stops for good. Without
 * a window it is `operator` as it is.
 *
 * @example tcpServer(7, (chunks$, connection) => chunks$.pipe(withBackpressure(delay(250), connection)));
 */
export function withBackpressure<T extends Bytes, R>(
  operator: OperatorFunction<T, R>,
  window?: FlowWindow,
): OperatorFunction<T, R> {
  if (window === undefined) return operator;
  return (source$) =>
    new Observable((subscriber) => {
      const sizes = new Queue<number>();
      const hold = (chunk: T): void => {
        const size = byteLength(chunk);
        sizes.enqueue(size);
        window.hold(size);
      };
      const ended$ = endOf(subscriber, () => {
        for (const size of sizes.drain()) window.release(size);
      });
      // The first one ends the source at once, the second one what the operator has under way.
      source$.pipe(takeUntil(ended$), tap(hold), operator, takeUntil(ended$)).subscribe({
        next: (value) => {
          subscriber.next(value);
          const size = sizes.dequeue();
          if (size !== undefined) window.release(size);
        },
        error: (error) => subscriber.error(error),
        complete: () => subscriber.complete(),
      });
    });
}
