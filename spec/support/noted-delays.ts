/** RxJS's default scheduler, which notes for how long each action was to wait. */
import { asyncScheduler, type SchedulerAction, type SchedulerLike } from 'rxjs';

export function notingDelays(delays: (number | undefined)[]): SchedulerLike {
  return {
    now: () => asyncScheduler.now(),
    schedule<T>(work: (this: SchedulerAction<T>, state?: T) => void, delayMs?: number, state?: T) {
      delays.push(delayMs);
      return asyncScheduler.schedule(work, delayMs, state);
    },
  };
}
