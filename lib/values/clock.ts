/** Time spans are measured on a clock that is never set. */
import type { SchedulerLike } from 'rxjs';

export interface Clock {
  /** Milliseconds since a fixed instant. */
  now(): number;
}

/** More than passes between two readings of one clock, less than a virtual clock differs from the wall clock. */
const sameClockMs = 1_000;

/**
 * The clock that a scheduler's delays run on.
 *
 * A real scheduler waits on the monotonic clock, but its `now()` is the wall clock, which jumps when it is set. A
 * virtual one waits on its own `now()`. A scheduler is taken for a real one if its `now()` agrees with the wall clock.
 */
export function monotonicClock(scheduler: SchedulerLike): Clock {
  return Math.abs(scheduler.now() - Date.now()) < sameClockMs ? performance : scheduler;
}
