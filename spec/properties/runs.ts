/** How many runs a property has, and from which seed: one helper for all, so that every failure can be replayed alike. */
import { isBrief, isLong } from '../support/tier.js';

const { FC_SEED = Date.now() % 2 ** 31, FC_PATH } = process.env;

const scale = isLong ? 10 : isBrief ? 0.1 : 1;

/** For `fc.assert`. What it prints on failure is what `FC_SEED=… FC_PATH=…` replay. */
export function runs(count: number) {
  return {
    seed: Number(FC_SEED),
    numRuns: Math.ceil(count * scale),
    ...(FC_PATH !== undefined && { path: FC_PATH }),
    timeout: 5_000, // of one run, where that waits for anything
    interruptAfterTimeLimit: isLong ? 500_000 : 15_000, // so that a slow shrinking still tells what it has
    markInterruptAsFailure: true,
  };
}
