/** The headline: the server's CPU for a message, by the message's size, as a multiple of what bare `net` takes. */
import * as Plot from '@observablehq/plot';
import type { Result } from '../run/result.js';
import { draw } from './frame.js';
import { lookOf } from './palette.js';
import { peerRows } from './peer-rows.js';
import { cellsOf, peersOf, rowsOf } from './select.js';
import { binaryBytes, micros } from './units.js';

export function cpu(result: Result, width: number): string | undefined {
  const all = rowsOf(result, 'throughput', 'cpuUs').filter(({ ratio }) => ratio !== undefined);
  const cells = cellsOf(result, 'throughput');
  const first = all.filter(({ cell }) => cell === cells[0]?.name).toSorted((a, b) => (a.ratio ?? 0) - (b.ratio ?? 0));
  const rows = peersOf([...first, ...all]).flatMap((peer) =>
    cells.flatMap(({ name, plan }) => {
      const row = all.find((one) => one.peer === peer && one.cell === name);
      if (row?.ratio === undefined) return [];
      return [
        {
          panel: plan.kind === 'closed' ? binaryBytes(plan.messageBytes) : name,
          peer,
          end: row.ratio,
          figure: micros(row.median),
          ...lookOf(peer),
        },
      ];
    }),
  );
  if (rows.length === 0) return undefined;
  const { place, options, marks } = peerRows(rows, width, 'CPU time for a message, as a multiple of net');
  return draw({
    title: 'CPU a message, by its size',
    subtitle: 'All of the server’s threads and children, in user mode and in the kernel. Shorter is better.',
    ...options,
    x: { domain: [0, Math.max(...rows.map(({ end }) => end))] },
    marks: [
      Plot.axisX({ ticks: 4, label: null, tickSize: 0, tickFormat: (ratio: number) => `×${ratio}` }),
      Plot.ruleX([1], { stroke: 'var(--ink)', strokeDasharray: '3 3' }),
      Plot.barX(rows, { ...place, x: 'end', fill: 'colour' }),
      ...marks,
    ],
  });
}
