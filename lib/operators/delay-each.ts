/** RxJS's `delay`, but with one timer for all values, and never early. */
import { type MonoTypeOperatorFunction, Observable, type SchedulerLike, type Subscription } from 'rxjs';
import Queue from 'yocto-queue';
import { monotonicClock } from '../values/clock.js';

/** Emits each value `delayMs` after it came, in order. Completes after the last one; an error is passed on at once. */
export function delayEach<T>(delayMs: number, scheduler: SchedulerLike): MonoTypeOperatorFunction<T> {
  return (source$) =>
    new Observable((subscriber) => {
      const clock = monotonicClock(scheduler);
      const held = new Queue<{ value: T; dueAt: number }>();
      let timer: Subscription | undefined;
      let sourceCompleted = false;

      const wakeAt = (dueAt: number): void => {
        timer ??= scheduler.schedule(release, Math.max(0, Math.ceil(dueAt - clock.now())));
      };
      const release = (): void => {
        timer?.unsubscribe();
        timer = undefined;
        const now = clock.now();
        let first = held.peek();
        while (first !== undefined && first.dueAt <= now && !subscriber.closed) {
          held.dequeue();
          subscriber.next(first.value);
          first = held.peek();
        }
        if (subscriber.closed) return;
        if (first !== undefined) wakeAt(first.dueAt);
        else if (sourceCompleted) subscriber.complete();
      };

      subscriber.add(() => timer?.unsubscribe());
      subscriber.add(
        source$.subscribe({
          next: (value) => {
            const dueAt = clock.now() + delayMs;
            held.enqueue({ value, dueAt });
            if (held.size === 1) wakeAt(dueAt);
          },
          error: (error) => subscriber.error(error),
          complete: () => {
            sourceCompleted = true;
            if (held.size === 0) subscriber.complete();
          },
        }),
      );
    });
}
