/** Subscribes to sources later, with one timer for all of them. */
import { Observable, type SchedulerLike } from 'rxjs';
import { monotonicClock } from '../values/clock.js';
import { Timed, TimerHeap } from '../values/timer-heap.js';

/** Returns a maker of Observables: each makes its source `delayMs()` after its subscription, and passes it on. */
export function subscribeLater(scheduler: SchedulerLike) {
  const timers = new TimerHeap(scheduler);
  return <T>(delayMs: () => number, makeSource: () => Observable<T>): Observable<T> =>
    new Observable((subscriber) => {
      const waiting = new Waiting(() => subscriber.add(makeSource().subscribe(subscriber)));
      timers.set(waiting, monotonicClock(scheduler).now() + delayMs());
      return () => timers.delete(waiting);
    });
}

class Waiting extends Timed {
  readonly due: () => void;

  constructor(due: () => void) {
    super();
    this.due = due;
  }
}
