/** Time spans are measured on a clock that is never set. */
import type { SchedulerLike } from 'rxjs';

/** Its `now` is in milliseconds since a fixed instant. */
export type Clock = Pick<SchedulerLike, 'now'>;

/** More than passes between two readings of one clock, less than a virtual clock differs from the wall clock. */
const sameClockMs = 1_000;

/**
 * The clock that a scheduler's delays run on. A virtual scheduler waits on its own `now()`. A real one, with a `now()` that agrees with the
 * wall clock and jumps when that is set, waits on the monotonic clock.
 */
export function monotonicClock(scheduler: SchedulerLike): Clock {
  return Math.abs(scheduler.now() - Date.now()) < sameClockMs ? performance : scheduler;
}
