/** From runs to figures: medians with their spread, ratios within a round, and verdicts given the noise. */
import type { Metric, Scenario } from '../scenarios.js';
import { bandOf, ratiosOf } from './noise.js';
import type { Run, Summary } from './result.js';

export function summarise(scenarios: readonly Scenario[], runs: readonly Run[]): Summary[] {
  return scenarios.flatMap((scenario) => {
    const own = runs.filter((run) => run.scenario === scenario.name);
    return scenario.cells.flatMap((cell) => {
      const peers = new Set(own.filter((run) => run.cell === cell.name).map(({ peer }) => peer));
      return scenario.metrics.flatMap((metric) =>
        [...peers].map((peer) => summaryOf(own, scenario.name, cell.name, peer, metric)),
      );
    });
  });
}

function summaryOf(runs: readonly Run[], scenario: string, cell: string, peer: string, metric: Metric): Summary {
  const inCell = runs.filter((run) => run.cell === cell);
  const own = inCell.filter((run) => run.peer === peer);
  const counted = own.filter((run) => run.void === undefined);
  const values = counted.flatMap(({ figures }) => figures[metric] ?? []);
  const ratios = ratiosOf(inCell, peer, metric);
  const ratio = ratios.length === 0 ? undefined : median(ratios);
  const band = ratio === undefined ? undefined : bandOf(runs, cell, peer, metric);
  return {
    scenario,
    cell,
    peer,
    metric,
    median: median(values),
    low: Math.min(...values),
    high: Math.max(...values),
    ratio,
    band,
    verdict: verdictOf(ratio, band),
    runs: counted.length,
    voids: own.length - counted.length,
    limited: counted.filter(({ generatorLimited }) => generatorLimited).length,
  };
}

function verdictOf(ratio?: number, band?: number): Summary['verdict'] {
  if (ratio === undefined || band === undefined) return undefined;
  if (ratio > 1 + band) return 'more';
  return ratio < 1 / (1 + band) ? 'less' : 'equal';
}

/** The middle value, or the mean of the middle two; of none NaN, which JSON writes as null. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? Number.NaN) + (sorted[Math.floor(middle)] ?? Number.NaN)) / 2;
}
