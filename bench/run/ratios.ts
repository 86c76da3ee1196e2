/** Each run against the baseline's of the same round and cell: what was slow for both does not count. */
import { baselineName } from '../peers.js';
import type { Metric } from '../scenarios.js';
import type { Run } from './result.js';

/** Of one peer, in the order of the runs; rounds in which either was void are left out. */
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
