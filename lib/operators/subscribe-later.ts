/** Subscribes to sources a fixed time later, with one timer for all of them. */
import { Observable, type SchedulerLike, type Subscriber } from 'rxjs';
import { monotonicClock } from '../values/clock.js';
import { Timed, TimerHeap } from '../values/timer-heap.js';

/** Returns a maker of Observables: each makes its source `delayMs` after its subscription, and passes it on. */
export function subscribeLater(delayMs: number, scheduler: SchedulerLike) {
  const timers = new TimerHeap(scheduler);
  return <T>(makeSource: () => Observable<T>): Observable<T> =>
    new Observable((subscriber) => {
      const waiting = new Waiting(makeSource, subscriber);
      timers.set(waiting, monotonicClock(scheduler).now() + delayMs);
      return () => timers.delete(waiting);
    });
}

class Waiting<T> extends Timed {
  readonly #makeSource: () => Observable<T>;
  readonly #subscriber: Subscriber<T>;

  constructor(makeSource: () => Observable<T>, subscriber: Subscriber<T>) {
    super();
    this.#makeSource = makeSource;
    this.#subscriber = subscriber;
  }

  due(): void {
    this.#subscriber.add(this.#makeSource().subscribe(this.#subscriber));
  }
}
