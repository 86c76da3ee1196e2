/** RxJS's `delay`, but with one timer for all values, and never early. */
import { type MonoTypeOperatorFunction, map, Observable, type SchedulerLike, type Subscription } from 'rxjs';
import Queue from 'yocto-queue';
import { monotonicClock } from '../values/clock.js';

/**
 * Emits each value `delayMs()` after it came, or once the one before it is emitted. Completes after the last one; an error is passed
 * on at once.
 * @param late is told, before each value, how much later than due it is, in milliseconds
 */
export function delayEach<T>(
  delayMs: () => number,
  scheduler: SchedulerLike,
  late?: (byMs: number) => void,
): MonoTypeOperatorFunction<T> {
  return (source$) =>
    new Observable((subscriber) => {
      const clock = monotonicClock(scheduler);
      const held = new Queue<{ value: T; dueAt: number }>();
      let timer: Subscription | undefined;
      let sourceCompleted = false;
      /** No value is due before the one that it follows. */
      let lastDueAt = 0;

      /** Waits for the oldest value, unless a timer does. */
      const wait = (): void => {
        const first = held.peek();
        if (first) timer ??= scheduler.schedule(release, Math.max(0, Math.ceil(first.dueAt - clock.now())));
        else if (sourceCompleted) subscriber.complete();
      };
      const release = (): void => {
        const now = clock.now();
        for (let first = held.peek(); first && first.dueAt <= now; first = held.peek()) {
          held.dequeue();
          lastDueAt = Math.max(lastDueAt, first.dueAt);
          late?.(clock.now() - lastDueAt);
          subscriber.next(first.value);
        }
        timer = undefined;
        wait();
      };

      subscriber.add(() => {
        timer?.unsubscribe();
        held.clear();
      });
      subscriber.add(
        source$.pipe(map((value) => ({ value, dueAt: clock.now() + delayMs() }))).subscribe({
          next: (value) => {
            held.enqueue(value);
            wait();
          },
          error: (error) => subscriber.error(error),
          complete: () => {
            sourceCompleted = true;
            wait();
          },
        }),
      );
    });
}
