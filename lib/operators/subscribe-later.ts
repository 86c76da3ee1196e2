/** Subscribes to sources later, with one timer for all of them. */
import { Observable, type SchedulerLike } from 'rxjs';
import { monotonicClock } from '../values/clock.js';
import { Timed, TimerHeap } from '../values/timer-heap.js';

/** How late it is, in milliseconds. */
export type Lateness = () => number;

/**
 * Returns a maker of Observables: each makes its source `delayMs()` after its subscription, and passes it on. The lateness that the
 * source is made with is 0 once it has been subscribed to: what it emits then has not waited for the delay.
 */
export function subscribeLater(scheduler: SchedulerLike) {
  const timers = new TimerHeap(scheduler);
  return <T>(delayMs: () => number, makeSource: (lateness: Lateness) => Observable<T>): Observable<T> =>
    new Observable((subscriber) => {
      const clock = monotonicClock(scheduler);
      const dueAt = clock.now() + delayMs();
      const waiting = new Waiting(() => {
        let isBehind = true;
        const source$ = makeSource(() => (isBehind ? clock.now() - dueAt : 0));
        subscriber.add(source$.subscribe(subscriber));
        isBehind = false;
      });
      timers.set(waiting, dueAt);
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
