/** What a picture takes from a result: the figures of one scenario, without the control and without void runs. */
import { controlName } from '../peers.js';
import type { Result, Run, Summary } from '../run/result.js';
import { median } from '../run/summary.js';
import type { Metric } from '../scenarios.js';
import type { Row } from './row-chart.js';
import { digits, micros } from './units.js';

/** The control is the baseline once more, and would hide behind it. */
export function runsOf({ runs }: Result, scenario: string): Run[] {
  return runs.filter((run) => run.scenario === scenario && run.void === undefined && run.peer !== controlName);
}

/** A panel for each cell, and in it a row for each peer. None where the scenario was not run. */
export function rowsOf(
  { summary }: Result,
  scenario: string,
  metric: Metric,
  show: (row: Summary) => Pick<Row, 'values' | 'figure'>,
): Row[] {
  return summary
    .filter((row) => row.scenario === scenario && row.metric === metric && row.peer !== controlName && row.runs > 0)
    .map((row) => ({
      panel: row.cell.replace(/^\d+/, (count) => digits(Number(count))),
      peer: row.peer,
      ...show(row),
    }));
}

/** Half of the replies, 99 % and, where it is measured, 99.9 %. */
export function percentilesOf(result: Result, scenario: string): Row[] {
  return rowsOf(result, scenario, 'p99Us', ({ cell, peer, median }) => {
    const [p50, p999] = (['p50Us', 'p999Us'] as const).map((metric) => {
      return result.summary.find((row) => {
        return row.scenario === scenario && row.cell === cell && row.peer === peer && row.metric === metric;
      })?.median;
    });
    return { values: [p50 ?? median, median, ...(p999 === undefined ? [] : [p999])], figure: micros(median) };
  });
}

/** The memory of the server at its first reading and at its last one. */
export function memoryOf(result: Result, { scenario, cell, peer }: Summary): [first: number, last: number] {
  const runs = runsOf(result, scenario).filter((run) => run.cell === cell && run.peer === peer);
  const at = (index: number) => median(runs.flatMap(({ memory = [] }) => memory.at(index)?.[1] ?? []));
  return [at(0), at(-1)];
}
