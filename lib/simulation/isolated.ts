/** A simulation has to itself what RxJS and JavaScript have once in a process. */
import { animationFrameScheduler, asapScheduler, asyncScheduler, config, queueScheduler } from 'rxjs';

/** What RxJS's schedulers keep. Two of the three are not in their types. */
interface SchedulerState {
  actions: unknown[];
  _active: boolean;
  _scheduled: unknown;
}

const schedulers = [asyncScheduler, asapScheduler, queueScheduler, animationFrameScheduler] as unknown[];

/**
 * Runs `work` with idle schedulers, with errors that no subscriber handles thrown, and with `random` as `Math.random`; then all are as
 * before. Otherwise `asapScheduler` would wait for ever for a turn that a simulation did not come to, and `asyncScheduler` would execute
 * nothing of a simulation that one of its own actions has begun.
 */
export function isolated<T>(random: () => number, work: () => T): T {
  const states = (schedulers as SchedulerState[]).map(({ actions, _active, _scheduled }) => ({
    actions,
    _active,
    _scheduled,
  }));
  const { onUnhandledError } = config;
  const systemRandom = Math.random;
  try {
    for (const scheduler of schedulers as SchedulerState[])
      Object.assign(scheduler, { actions: [], _active: false, _scheduled: undefined });
    config.onUnhandledError = null;
    Math.random = random;
    return work();
  } finally {
    Math.random = systemRandom;
    config.onUnhandledError = onUnhandledError;
    for (const [index, state] of states.entries()) Object.assign(schedulers[index] as SchedulerState, state);
  }
}
