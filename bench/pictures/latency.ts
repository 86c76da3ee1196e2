/** Latency at fixed rates: its percentiles, and how the 99th grows with the rate. */
import type { Result, Summary } from '../run/result.js';
import type { Axis } from './axis.js';
import { lineChart } from './line-chart.js';
import { rowChart } from './row-chart.js';
import { byMedian, cellsOf, linesOver, peersOf, placesOf, rowsOf } from './select.js';
import { count, micros, millis, short } from './units.js';

export const latencyAxis: Axis = { label: 'latency in ms, since a message was due', type: 'log', format: millis };

export function percentiles(result: Result, width: number): string | undefined {
  const p99 = rowsOf(result, 'latency', 'p99Us');
  const cells = cellsOf(result, 'latency').map(({ name }) => name);
  const medianOf = (row: Summary, metric: 'p50Us' | 'p999Us') =>
    rowsOf(result, 'latency', metric).find(({ cell, peer }) => cell === row.cell && peer === row.peer)?.median;
  const best = p99.filter(({ cell }) => cell === cells[Math.floor(cells.length / 2)]).toSorted(byMedian);
  if (best.length === 0) return undefined;
  const rows = peersOf([...best, ...p99]).flatMap((peer) =>
    cells.flatMap((cell) => {
      const row = p99.find((one) => one.peer === peer && one.cell === cell);
      if (row === undefined) return [];
      const values = [medianOf(row, 'p50Us'), row.median, medianOf(row, 'p999Us')].filter(
        (value) => value !== undefined,
      );
      return [{ panel: `${count(Number.parseInt(cell, 10))} a second`, peer, values, figure: micros(row.median) }];
    }),
  );
  return rowChart({
    title: 'Latency at a fixed rate',
    subtitle:
      '100 connections, 64 B. Small dot: half were faster (p50); large dot and figure: 99\u00a0% (p99); ring: 99.9\u00a0%.',
    width,
    x: latencyAxis,
    rows,
  });
}

export function p99ByRate(result: Result, width: number): string | undefined {
  const rows = rowsOf(result, 'latency', 'p99Us');
  const rates = placesOf(result, 'latency', (plan) => (plan.kind === 'open' ? plan.ratePerSecond : undefined));
  if (rows.length === 0 || rates.length < 2) return undefined;
  return lineChart({
    title: 'Latency (p99), by rate',
    subtitle: '100 connections, 64 B: 99\u00a0% of the answers came within this time (p99). Lower is better.',
    width,
    x: { label: 'messages a second', type: 'log', ticks: rates.map(({ at }) => at), format: short },
    y: { label: 'latency, p99', type: 'log', format: micros },
    lines: linesOver(rates, rows),
  });
}
