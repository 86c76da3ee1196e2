/** How far a ratio may be off by noise alone: the band, from what the control and the peers did from round to round. */
import { baselineName, controlName } from '../peers.js';
import type { Metric } from '../scenarios.js';
import { ratiosOf } from './ratios.js';
import type { Run } from './result.js';

/**
 * Of one round's ratio. Medians of three rounds, in two runs, differ by 0.95 of its standard deviation. Three would
 * hold for some 300 ratios of a run, if the deviation were known; from so few rounds, with a baseline in common, it is
 * known roughly: by simulation three leave out one ratio in a hundred, four one in a thousand.
 */
const deviations = 4;
/** Rounds that agree by luck do not make us that exact. */
const leastBand = 0.02;
/** With one round nothing is known of a peer's own spread. */
const leastBandOnce = 0.2;
/** A cell that tells less about its own noise takes its scenario's. */
const enoughFreedom = 3;

interface Spread {
  /** Sum of the squares of what logarithms of ratios are off by. */
  readonly squares: number;
  readonly freedom: number;
}

/** As a factor over 1, either way; none where the scenario has no control. `runs` are of one scenario. */
export function bandOf(runs: readonly Run[], cell: string, peer: string, metric: Metric): number | undefined {
  if (ratiosOf(runs, controlName, metric).length === 0) return undefined;
  const inCell = runs.filter((run) => run.cell === cell);
  const ofCell = spreadOfAll(inCell, metric);
  const shared = ofCell.freedom >= enoughFreedom ? ofCell : spreadOfAll(runs, metric);
  const own = spreadOf(inCell, peer, metric);
  const least = ratiosOf(inCell, peer, metric).length < 2 ? leastBandOnce : leastBand;
  return Math.max(least, Math.expm1(deviations * Math.max(deviation(shared), deviation(own))));
}

/** Of all peers around their own means. The baseline's ratio to itself never differs, so it would tell of no noise. */
function spreadOfAll(runs: readonly Run[], metric: Metric): Spread {
  const cells = new Set(runs.map(({ cell }) => cell));
  const peers = new Set(runs.map(({ peer }) => peer).filter((peer) => peer !== baselineName));
  const spreads = [...cells].flatMap((cell) => {
    const inCell = runs.filter((run) => run.cell === cell);
    return [...peers].map((peer) => spreadOf(inCell, peer, metric));
  });
  return {
    squares: spreads.reduce((sum, { squares }) => sum + squares, 0),
    freedom: spreads.reduce((sum, { freedom }) => sum + freedom, 0),
  };
}

/** Of one peer in one cell, around its mean; of the control around 1, which is what it should be. */
function spreadOf(runs: readonly Run[], peer: string, metric: Metric): Spread {
  const logs = ratiosOf(runs, peer, metric).map(Math.log);
  const known = peer === controlName;
  const mean = known ? 0 : logs.reduce((sum, log) => sum + log, 0) / logs.length;
  const squares = logs.reduce((sum, log) => sum + (log - mean) ** 2, 0);
  return { squares, freedom: Math.max(0, logs.length - (known ? 0 : 1)) };
}

function deviation({ squares, freedom }: Spread): number {
  return freedom === 0 ? 0 : Math.sqrt(squares / freedom);
}
