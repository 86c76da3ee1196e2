/** Clients that send all they can and read nothing: what the server hoards for them, and what the others feel. */
import type { Result } from '../run/result.js';
import { latencyAxis } from './latency.js';
import { lineChart } from './line-chart.js';
import { rowChart } from './row-chart.js';
import { byMedian, peersOf, rowsOf, runsOf } from './select.js';
import { bytes, micros } from './units.js';

const theyFlood = '20 clients send all that is taken and read nothing.';

export function slowReadersMemory(result: Result, width: number): string | undefined {
  const runs = runsOf(result, 'slow-readers');
  const lines = peersOf(runs).map((peer) => {
    const run = runs.find((one) => one.peer === peer);
    return { peer, points: (run?.memory ?? []).map(([ms, value]) => [ms / 1000, value] as const) };
  });
  if (lines.every(({ points }) => points.length === 0)) return undefined;
  return lineChart({
    title: 'Slow readers: memory',
    subtitle: `${theyFlood} A line that stays level has learnt to wait; one that climbs hoards. Figures: where it ends.`,
    width,
    x: { label: 'seconds', type: 'linear', format: String },
    y: { label: 'memory of the server', type: 'log', format: bytes },
    lines,
  });
}

export function slowReadersLatency(result: Result, width: number): string | undefined {
  const p99 = rowsOf(result, 'slow-readers', 'p99Us').toSorted(byMedian);
  const p50 = rowsOf(result, 'slow-readers', 'p50Us');
  if (p99.length === 0) return undefined;
  return rowChart({
    title: 'Slow readers: the others’ latency',
    subtitle: `${theyFlood} 100 others send 2 000 messages a second. Small dot: half were faster (p50); large dot and figure: 99\u00a0% (p99).`,
    width,
    x: latencyAxis,
    rows: p99.map(({ peer, cell, median }) => {
      const middle = p50.find((row) => row.peer === peer && row.cell === cell);
      return { panel: '', peer, values: [middle?.median ?? median, median], figure: micros(median) };
    }),
  });
}
