/** Time spans are measured on a clock that is never set. */
import type { SchedulerLike } from 'rxjs';

/** Its `now` is in milliseconds since a fixed instant. */
export type Clock = Pick<SchedulerLike, 'now'>;

/** More than passes between two readings of one clock, less than a virtual clock differs from the wall clock. */
const sameClockMs = 1_000;

/** What its delays run on: a real scheduler waits on the monotonic clock, though its `now()` is the wall clock. */
export function monotonicClock(scheduler: SchedulerLike): Clock {
  return Math.abs(scheduler.now() - Date.now()) < sameClockMs ? performance : scheduler;
}
