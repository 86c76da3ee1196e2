/** What a picture takes from a result: the rows and runs of its scenario, without the control and what is void. */
import type { LoadPlan } from '../load/plan.js';
import type { Result, Run, Summary } from '../run/result.js';
import type { Cell, Metric } from '../scenarios.js';
import type { Line } from './line-chart.js';
import { isShown } from './palette.js';

export interface Place {
  readonly cell: string;
  readonly at: number;
}

/** The cells of a scenario, in order; none where it was not run. */
export function cellsOf({ scenarios }: Result, scenario: string): readonly Cell[] {
  return scenarios.find(({ name }) => name === scenario)?.cells ?? [];
}

export function rowsOf({ summary }: Result, scenario: string, metric: Metric): Summary[] {
  return summary.filter((row) => {
    return row.scenario === scenario && row.metric === metric && isShown(row.peer) && Number.isFinite(row.median);
  });
}

export function runsOf({ runs }: Result, scenario: string): Run[] {
  return runs.filter((run) => run.scenario === scenario && run.void === undefined && isShown(run.peer));
}

/** In the order in which they first come. */
export function peersOf(rows: readonly { readonly peer: string }[]): string[] {
  return [...new Set(rows.map(({ peer }) => peer))];
}

export function byMedian(a: Summary, b: Summary): number {
  return a.median - b.median;
}

/** Where each cell stands on the axis of what the cells differ in; those of which that cannot be said are left out. */
export function placesOf(result: Result, scenario: string, at: (plan: LoadPlan) => number | undefined): Place[] {
  return cellsOf(result, scenario).flatMap(({ name, plan }) => {
    const value = at(plan);
    return value === undefined ? [] : [{ cell: name, at: value }];
  });
}

/** A line a peer: its medians over what the cells differ in. */
export function linesOver(places: readonly Place[], rows: readonly Summary[]): Line[] {
  return peersOf(rows).map((peer) => ({
    peer,
    points: places.flatMap(({ cell, at }) => {
      const row = rows.find((one) => one.peer === peer && one.cell === cell);
      return row === undefined ? [] : [[at, row.median] as const];
    }),
  }));
}
