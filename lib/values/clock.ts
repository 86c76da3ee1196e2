/** Time spans are measured on a clock that nobody sets. */
import type { SchedulerLike } from 'rxjs';

export interface Clock {
  /** Milliseconds since some fixed instant. */
  now(): number;
}

/** How far two readings of one clock can lie apart: far more than reading it takes, far less than a test's virtual time is off. */
const sameClockMs = 1_000;

/**
 * The clock that a scheduler's delays run on.
 *
 * A real scheduler waits on the monotonic clock but tells the wall clock's time, and that jumps when somebody sets it; a
 * virtual one tells its own. Whoever tells the wall clock's time is taken for a real one.
 */
export function monotonicClock(scheduler: SchedulerLike): Clock {
  return Math.abs(scheduler.now() - Date.now()) < sameClockMs ? performance : scheduler;
}
