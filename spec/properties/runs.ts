/** How many runs a property has, and from which seed: one helper for all, so that every failure can be replayed alike. */
import { vi } from 'vitest';
import { isBrief, isLong } from '../support/tier.js';

const { FC_SEED = Date.now() % 2 ** 31, FC_PATH } = process.env;

const scale = isLong ? 10 : isBrief ? 0.1 : 1;

/**
 * A property has its runs however long a busy machine takes for them. A run that never ends is found by the bound on what
 * virtual time may schedule, and where it waits for real sockets by this limit.
 */
const runLimitMs = 60_000;

vi.setConfig({ testTimeout: isLong ? 1_800_000 : 300_000 });

/** Shrinking ends by then, and tells what it has. */
const shrinkLimitMs = isLong ? 900_000 : 120_000;

/** For `fc.assert`. What it prints on failure is what `FC_SEED=… FC_PATH=…` replay. */
export function runs(count: number) {
  return {
    seed: Number(FC_SEED),
    numRuns: Math.ceil(count * scale),
    ...(FC_PATH !== undefined && { path: FC_PATH }),
    timeout: runLimitMs,
    interruptAfterTimeLimit: shrinkLimitMs,
  };
}
