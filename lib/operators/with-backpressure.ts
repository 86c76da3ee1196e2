/** Backpressure for an asynchronous operator: what it holds counts in the connection's window. */
import { map, Observable, type OperatorFunction, takeUntil } from 'rxjs';
import Queue from 'yocto-queue';
import type { FlowWindow } from '../connection/connection.js';
import { type Bytes, byteLength, isBytes, notBytes, ownMemory } from '../values/bytes.js';
import { endOf } from './end-of.js';

/**
 * Applies `operator` and counts what it holds in `window`, the connection: over `highWaterMarkBytes` reading pauses.
 *
 * - Cold; emits, completes and errors as `operator` does. Every end, unsubscribing too, releases what is counted.
 * - A chunk counts with its bytes plus 256. Without a window, `operator` is returned as it is.
 * - Only for operators that emit one value for each chunk, in order, such as `delay`: a value releases the oldest chunk.
 *   A chunk that is dropped stays counted until the end, and reading may stop for good.
 *
 * @example tcpServer(50007, (chunks$, connection) => chunks$.pipe(withBackpressure(delay(250), connection))).subscribe();
 */
export function withBackpressure<T extends Bytes, R>(
  operator: OperatorFunction<T, R>,
  window?: FlowWindow,
): OperatorFunction<T, R> {
  if (window === undefined) return operator;
  return (source$) =>
    new Observable((subscriber) => {
      const sizes = new Queue<number>();
      const hold = (chunk: T): T => {
        if (!isBytes(chunk)) throw notBytes('chunk', chunk);
        const size = byteLength(chunk);
        sizes.enqueue(size);
        window.hold(size);
        return ownMemory(chunk) as T;
      };
      const ended$ = endOf(subscriber, () => {
        for (const size of sizes.drain()) window.release(size);
      });
      // The first takeUntil ends the source, the second one what the operator still holds.
      source$.pipe(takeUntil(ended$), map(hold), operator, takeUntil(ended$)).subscribe({
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
