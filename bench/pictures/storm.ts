/** The storm: how long until the last of N clients is answered, between the ideal and one after another. */
import * as Plot from '@observablehq/plot';
import type { Result } from '../run/result.js';
import { connectionsOf } from '../scenarios.js';
import { extentOf } from './axis.js';
import { lineChart } from './line-chart.js';
import { linesOver, placesOf, rowsOf } from './select.js';
import { seconds, short } from './units.js';

/** What is possible, and what threads were invented against. */
const bound = { stroke: 'var(--muted)', strokeWidth: 2, strokeDasharray: '6 4' };

export function storm(result: Result, width: number): string | undefined {
  const rows = rowsOf(result, 'storm', 'lastReplyMs');
  const sizes = placesOf(result, 'storm', connectionsOf);
  const delay = (result.scenarios.find(({ name }) => name === 'storm')?.delayMs ?? 0) / 1000;
  if (rows.length === 0 || sizes.length < 2) return undefined;
  const counts = sizes.map(({ at }) => at);
  const sequential = counts.map((clients) => [clients, clients * delay] as const);
  const [first, last] = extentOf(counts);
  return lineChart({
    title: 'The storm: N clients at once',
    subtitle: `Each waits its ${delay} s; the time until the last one is answered. Dashed: the ideal, and ${delay} s × N. Lower is better.`,
    width,
    x: { label: 'clients', type: 'log', ticks: counts, format: short },
    y: {
      label: 'last reply',
      type: 'log',
      format: seconds,
      ticks: [delay, ...sequential.map(([, time]) => time)],
      include: [delay / 1.6, last * delay],
    },
    lines: linesOver(
      sizes,
      rows.map((row) => ({ ...row, median: row.median / 1000 })),
    ),
    marks: [
      Plot.line(sequential, bound),
      Plot.text([[last, last * delay]], {
        text: ['one after\nanother'],
        textAnchor: 'end',
        dx: -50,
        dy: 0,
        fill: 'var(--muted)',
      }),
      Plot.line(
        [
          [first, delay],
          [last, delay],
        ],
        bound,
      ),
      Plot.text([[first, delay]], { text: ['ideal'], textAnchor: 'start', dx: 4, dy: 12, fill: 'var(--muted)' }),
    ],
  });
}
