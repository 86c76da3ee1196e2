/** The same work spread over more and more connections. */
import type { Result } from '../run/result.js';
import { connectionsOf, type Metric } from '../scenarios.js';
import type { Axis } from './axis.js';
import { type LineChart, lineChart } from './line-chart.js';
import { linesOver, placesOf, rowsOf } from './select.js';
import { micros, short } from './units.js';

const sameRate = '5 000 messages of 64 B a second in all, however many connections they come over.';

export function scalingCpu(result: Result, width: number): string | undefined {
  return overConnections(result, 'cpuUs', {
    title: 'CPU a message, by connections',
    subtitle: `${sameRate} Lower is better.`,
    width,
    y: { label: 'CPU time for a message', type: 'log', format: micros },
  });
}

export function scalingLatency(result: Result, width: number): string | undefined {
  return overConnections(result, 'p99Us', {
    title: 'Latency (p99), by connections',
    subtitle: `${sameRate} 99\u00a0% of the answers came within this time (p99). Lower is better.`,
    width,
    y: { label: 'latency, p99', type: 'log', format: micros },
  });
}

function overConnections(
  result: Result,
  metric: Metric,
  chart: Pick<LineChart, 'title' | 'subtitle' | 'width'> & { readonly y: Axis },
): string | undefined {
  const rows = rowsOf(result, 'scaling', metric);
  const places = placesOf(result, 'scaling', connectionsOf);
  if (rows.length === 0 || places.length < 2) return undefined;
  return lineChart({
    ...chart,
    x: { label: 'connections', type: 'log', ticks: places.map(({ at }) => at), format: short },
    lines: linesOver(places, rows),
  });
}
