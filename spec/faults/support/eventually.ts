/** Waits for a condition that no event announces. */
import { setTimeout as elapse } from 'node:timers/promises';

const lookEveryMs = 10;

/** Looks until the condition holds, and fails with `what` where it does not within so long. */
export async function eventually(
  what: string | (() => string),
  condition: () => boolean | Promise<boolean>,
  withinMs = 5_000,
): Promise<void> {
  const until = performance.now() + withinMs;
  while (!(await condition())) {
    const message = typeof what === 'string' ? what : what();
    if (performance.now() > until) throw new Error(`Not within ${withinMs} ms: ${message}`);
    await elapse(lookEveryMs);
  }
}

/** For the length of a provocation, never for the length of a wait. */
export { elapse };
