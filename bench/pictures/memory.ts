/** What waiting connections cost the server in memory. */

import { median } from '../run/median.js';
import type { Result } from '../run/result.js';
import { lineChart } from './line-chart.js';
import { cellsOf, peersOf, rowsOf, runsOf } from './select.js';
import { bytes, short } from './units.js';

export function memory(result: Result, width: number): string | undefined {
  const cell = cellsOf(result, 'memory').at(-1);
  const runs = runsOf(result, 'memory').filter((run) => run.cell === cell?.name);
  if (cell?.plan.kind !== 'waiting' || runs.length === 0) return undefined;
  const { steps } = cell.plan;
  const lines = peersOf(runs).map((peer) => {
    const points = runs.filter((run) => run.peer === peer).flatMap((run) => run.memory ?? []);
    const at = (step: number) => points.filter(([connections]) => connections === step).map(([, value]) => value);
    return {
      peer,
      points: steps.flatMap((step) => (at(step).length === 0 ? [] : [[step, median(at(step))] as const])),
    };
  });
  const slopes = rowsOf(result, 'memory', 'bytesPerConnection').filter((row) => row.cell === cell.name);
  return lineChart({
    title: 'Memory of connections that wait',
    subtitle:
      'Each has said 64 B. Figures: the slope, for one connection more; what the kernel holds is not in it. Lower is better.',
    width,
    x: { label: 'connections', type: 'linear', ticks: steps, format: short },
    y: { label: 'memory of the server', type: 'log', format: bytes },
    lines,
    figure: ({ peer }) => {
      const slope = slopes.find((row) => row.peer === peer);
      return slope === undefined ? '' : bytes(slope.median);
    },
  });
}
