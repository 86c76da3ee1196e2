/** From runs to figures: medians with their spread, ratios within a round, and the band that noise alone explains. */
import { baselineName, controlName } from '../peers.js';
import type { Metric, Scenario } from '../scenarios.js';
import type { Result, Run, Summary } from './result.js';

type Bands = Record<string, Partial<Record<Metric, number>>>;

/** A control that agrees by luck does not make us that exact. */
const leastBand = 0.02;

export function summarise(scenarios: readonly Scenario[], runs: readonly Run[]): Pick<Result, 'summary' | 'bands'> {
  const bands: Bands = {};
  for (const { name, metrics } of scenarios) {
    const own = runs.filter(({ scenario }) => scenario === name);
    bands[name] = Object.fromEntries(
      metrics.flatMap((metric) => {
        const band = bandOf(own, metric);
        return band === undefined ? [] : [[metric, band]];
      }),
    );
  }
  const summary = scenarios.flatMap((scenario) =>
    scenario.cells.flatMap((cell) => {
      const own = runs.filter((run) => run.scenario === scenario.name && run.cell === cell.name);
      const names = [...new Set(own.map(({ peer }) => peer))];
      return scenario.metrics.flatMap((metric) =>
        names.map((peer) => summaryOf(own, peer, metric, bands[scenario.name]?.[metric])),
      );
    }),
  );
  return { summary: summary.filter((row) => row !== undefined), bands };
}

function summaryOf(runs: readonly Run[], peer: string, metric: Metric, band: number | undefined): Summary | undefined {
  const [first] = runs;
  if (first === undefined) return undefined;
  const own = runs.filter((run) => run.peer === peer);
  const counted = own.filter((run) => run.void === undefined);
  const values = counted.flatMap(({ figures }) => figures[metric] ?? []);
  const ratios = ratiosOf(runs, peer, metric);
  const ratio = ratios.length === 0 ? undefined : median(ratios);
  return {
    scenario: first.scenario,
    cell: first.cell,
    peer,
    metric,
    median: median(values),
    low: Math.min(...values),
    high: Math.max(...values),
    ...(ratio !== undefined && { ratio }),
    ...(ratio !== undefined && band !== undefined && { verdict: verdictOf(ratio, band) }),
    runs: counted.length,
    voids: own.length - counted.length,
    limited: counted.filter(({ generatorLimited }) => generatorLimited).length,
  };
}

function ratiosOf(runs: readonly Run[], peer: string, metric: Metric): number[] {
  return runs.flatMap((run) => {
    if (run.peer !== peer || run.void !== undefined) return [];
    const base = runs.find((other) => {
      const samePlace = other.round === run.round && other.cell === run.cell;
      return samePlace && other.peer === baselineName && other.void === undefined;
    });
    const [value, against] = [run.figures[metric], base?.figures[metric]];
    return value === undefined || !against ? [] : [value / against];
  });
}

/** The most that the baseline differed from itself, in any round of any cell, as a factor either way; none without a control. */
function bandOf(runs: readonly Run[], metric: Metric): number | undefined {
  const factors = ratiosOf(runs, controlName, metric).map((ratio) => Math.max(ratio, 1 / ratio) - 1);
  return factors.length === 0 ? undefined : Math.max(leastBand, ...factors.filter(Number.isFinite));
}

function verdictOf(ratio: number, band: number): 'equal' | 'less' | 'more' {
  if (ratio > 1 + band) return 'more';
  return ratio < 1 / (1 + band) ? 'less' : 'equal';
}

/** Of none: NaN, which JSON writes as null. */
function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? Number.NaN) + (sorted[Math.floor(middle)] ?? Number.NaN)) / 2;
}
