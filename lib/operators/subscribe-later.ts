/** Subscribes to sources a fixed time later, with one timer for all of them. */
import { Observable, type SchedulerLike, type Subscriber } from 'rxjs';
import { monotonicClock } from '../values/clock.js';
import { notTimed, type Timed, TimerHeap } from '../values/timer-heap.js';

/**
 * Returns an Observable that makes its source `delayMs` after it is subscribed to and passes it on. Each function that this returns
 * has one timer for all its Observables: ten thousand connections may be waiting.
 */
export function subscribingLater(
  delayMs: number,
  scheduler: SchedulerLike,
): <T>(makeSource: () => Observable<T>) => Observable<T> {
  const timers = new TimerHeap(scheduler);
  return (makeSource) =>
    new Observable((subscriber) => {
      const waiting = new Waiting(makeSource, subscriber);
      timers.set(waiting, monotonicClock(scheduler).now() + delayMs);
      return () => timers.delete(waiting);
    });
}

class Waiting<T> implements Timed {
  heapIndex = notTimed;
  dueAt = Number.POSITIVE_INFINITY;
  order = 0;
  readonly #makeSource: () => Observable<T>;
  readonly #subscriber: Subscriber<T>;

  constructor(makeSource: () => Observable<T>, subscriber: Subscriber<T>) {
    this.#makeSource = makeSource;
    this.#subscriber = subscriber;
  }

  due(): void {
    this.#subscriber.add(this.#makeSource().subscribe(this.#subscriber));
  }
}
