/** Ratios within a round, and the band: how far noise alone may have moved a ratio. */
import { baselineName, controlName } from '../peers.js';
import type { Metric } from '../scenarios.js';
import type { Run } from './result.js';

/**
 * Of one round's ratio. Medians of three rounds, in two runs, differ by 0.95 of its standard deviation. If the
 * deviation were known, three would hold for some 300 ratios of a run. It is an estimate from few rounds that share a
 * baseline: by simulation three deviations leave out one ratio in a hundred, four one in a thousand.
 */
const deviations = 4;
/** Rounds that agree by chance are not that exact. */
const leastBand = 0.02;
/** One round tells nothing about a peer's own spread. */
const leastBandOnce = 0.2;
/** A cell with fewer degrees of freedom takes the spread of its scenario. */
const enoughFreedom = 3;

interface Spread {
  /** Sum of the squared deviations of the ratios' logarithms. */
  readonly squares: number;
  /** Degrees of freedom. */
  readonly freedom: number;
}

/**
 * Each run of a peer as a multiple of the baseline's run in the same round and cell: what slows both down cancels out.
 * In the order of the runs, without rounds in which either run is void.
 */
export function ratiosOf(runs: readonly Run[], peer: string, metric: Metric): number[] {
  return runs.flatMap((run) => {
    if (run.peer !== peer || run.void !== undefined) return [];
    const base = runs.find((other) => {
      const samePlace = other.round === run.round && other.cell === run.cell && other.scenario === run.scenario;
      return samePlace && other.peer === baselineName && other.void === undefined;
    });
    const [value, against] = [run.figures[metric], base?.figures[metric]];
    return !value || !against ? [] : [value / against];
  });
}

/** As a factor over 1, either way; undefined where the scenario has no control. `runs` are of one scenario. */
export function bandOf(runs: readonly Run[], cell: string, peer: string, metric: Metric): number | undefined {
  if (ratiosOf(runs, controlName, metric).length === 0) return undefined;
  const inCell = runs.filter((run) => run.cell === cell);
  const ofCell = spreadOfAll(inCell, metric);
  const shared = ofCell.freedom >= enoughFreedom ? ofCell : spreadOfAll(runs, metric);
  const own = spreadOf(inCell, peer, metric);
  const least = ratiosOf(inCell, peer, metric).length < 2 ? leastBandOnce : leastBand;
  return Math.max(least, Math.expm1(deviations * Math.max(deviation(shared), deviation(own))));
}

/** Of all peers around their own means. The baseline's ratio to itself never varies, so it would hide noise. */
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

/** Of one peer in one cell, around its mean; of the control around 1, which its ratio would be without noise. */
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
