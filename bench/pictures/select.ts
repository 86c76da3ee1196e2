/** What a picture takes from a result: figures of one scenario, without the control and without void runs. */
import type { LoadPlan } from '../load/plan.js';
import { controlName } from '../peers.js';
import type { Result, Run, Summary } from '../run/result.js';
import type { Cell, Metric } from '../scenarios.js';
import type { Point } from './line-chart.js';
import type { Row } from './row-chart.js';
import { micros } from './units.js';

/** None where the scenario was not run. */
export function cellsOf({ scenarios }: Result, scenario: string): readonly Cell[] {
  return scenarios.find(({ name }) => name === scenario)?.cells ?? [];
}

/** The control is the baseline once more, and would hide behind it. */
export function runsOf({ runs }: Result, scenario: string): Run[] {
  return runs.filter((run) => run.scenario === scenario && run.void === undefined && run.peer !== controlName);
}

/** Cell by cell, as the scenario has them. */
export function rowsOf({ summary }: Result, scenario: string, metric: Metric): Summary[] {
  return summary.filter((row) => {
    return (
      row.scenario === scenario && row.metric === metric && row.peer !== controlName && Number.isFinite(row.median)
    );
  });
}

/** Of each peer its median in each cell; `at` is what the cells differ in. */
export function pointsOver(result: Result, scenario: string, metric: Metric, at: (plan: LoadPlan) => number): Point[] {
  const cells = new Map(cellsOf(result, scenario).map(({ name, plan }) => [name, at(plan)]));
  return rowsOf(result, scenario, metric).flatMap(({ cell, peer, median }) => {
    const x = cells.get(cell);
    return x === undefined ? [] : [{ peer, x, y: median }];
  });
}

/** A panel for each cell: half of the replies, 99 % and, where it is measured, 99.9 %. */
export function percentilesOf(result: Result, scenario: string, panel: (plan: LoadPlan) => string): Row[] {
  return rowsOf(result, scenario, 'p99Us').flatMap(({ cell, peer, median }) => {
    const plan = cellsOf(result, scenario).find(({ name }) => name === cell)?.plan;
    const [p50, p999] = (['p50Us', 'p999Us'] as const).map((metric) => {
      return rowsOf(result, scenario, metric).find((row) => row.cell === cell && row.peer === peer)?.median;
    });
    if (plan === undefined || p50 === undefined) return [];
    const values = [p50, median, ...(p999 === undefined ? [] : [p999])];
    return [{ panel: panel(plan), peer, values, figure: micros(median) }];
  });
}
