/** The table of ratios: one figure of each scenario, a row a peer, for readers of the report and of the README. */

import { baselineName, controlName, oursName } from '../peers.js';
import { bytes, micros, seconds } from '../pictures/units.js';
import type { Result, Summary } from '../run/result.js';
import type { Metric } from '../scenarios.js';

interface Column {
  readonly title: string;
  readonly scenario: string;
  readonly cell: string;
  readonly metric: Metric;
  readonly format: (value: number) => string;
}

const columns: readonly Column[] = [
  { title: 'CPU, 64\u00a0B', scenario: 'throughput', cell: '64 B', metric: 'cpuUs', format: micros },
  { title: 'CPU, 64\u00a0KiB', scenario: 'throughput', cell: '65536 B', metric: 'cpuUs', format: micros },
  { title: 'CPU, bursts of 16', scenario: 'pipelined', cell: '16 deep', metric: 'cpuUs', format: micros },
  { title: 'CPU, 64\u00a0KiB in pieces', scenario: 'splitting', cell: '64 KiB', metric: 'cpuUs', format: micros },
  { title: 'CPU, open and close', scenario: 'accept-close', cell: '50 at once', metric: 'cpuUs', format: micros },
  { title: 'p99 at 5\u202f000\u00a0/s', scenario: 'latency', cell: '5000 /s', metric: 'p99Us', format: micros },
  { title: 'p99 beside slow readers', scenario: 'slow-readers', cell: '20 of 120', metric: 'p99Us', format: micros },
  { title: 'memory a connection', scenario: 'memory', cell: 'to 10 000', metric: 'bytesPerConnection', format: bytes },
  {
    title: '10\u202f000 at once',
    scenario: 'storm',
    cell: '10000 clients',
    metric: 'lastReplyMs',
    format: (ms) => seconds(ms / 1000),
  },
];

export interface Headline {
  readonly heads: readonly string[];
  readonly rows: readonly { readonly peer: string; readonly entries: readonly Entry[] }[];
}

export interface Entry {
  /** `5.46 µs`, or what became of it. */
  readonly figure: string;
  /** `×1.02`, with `=` where noise alone may be the difference; empty where there is no ratio. */
  readonly ratio: string;
  /** It takes less than this project does, by more than both bands. */
  readonly beatsUs: boolean;
}

/** What the signs in the table mean. */
export const legend =
  '× is the ratio to net, bare callbacks on Node, in the same round: less is better. = may be noise alone. ' +
  `▾ takes less than ${oursName} does, beyond the noise of both.`;

/** Columns of which the result has nothing are left out; so is the control, whose noise the bands tell of. */
export function headlineOf(result: Result): Headline {
  const shown = columns.filter((column) => result.summary.some((row) => isOf(row, column)));
  const peers = result.peers.filter((peer) => peer !== controlName);
  const [first] = shown;
  const place = (peer: string) => (first && rowOf(result, first, peer)?.ratio) ?? Number.POSITIVE_INFINITY;
  return {
    heads: shown.map(({ title }) => title),
    rows: peers
      .toSorted((a, b) => place(a) - place(b))
      .map((peer) => ({ peer, entries: shown.map((column) => entryOf(result, column, peer)) })),
  };
}

function entryOf(result: Result, column: Column, peer: string): Entry {
  const row = rowOf(result, column, peer);
  if (row === undefined) return { figure: 'not tried', ratio: '', beatsUs: false };
  if (!Number.isFinite(row.median)) return { figure: row.runs === 0 ? 'void' : 'unknown', ratio: '', beatsUs: false };
  const ours = rowOf(result, column, oursName);
  const sign = row.verdict === 'equal' && peer !== baselineName ? ' =' : '';
  return {
    figure: column.format(row.median),
    ratio: row.ratio === undefined ? '' : `×${row.ratio.toFixed(row.ratio < 10 ? 2 : 0)}${sign}`,
    beatsUs: ours !== undefined && beats(row, ours),
  };
}

function beats(row: Summary, ours: Summary): boolean {
  if (row.ratio === undefined || ours.ratio === undefined || row.band === undefined || ours.band === undefined)
    return false;
  return row.ratio * (1 + row.band) < ours.ratio / (1 + ours.band);
}

function rowOf({ summary }: Result, column: Column, peer: string): Summary | undefined {
  return summary.find((row) => row.peer === peer && isOf(row, column));
}

function isOf(row: Summary, { scenario, cell, metric }: Column): boolean {
  return row.scenario === scenario && row.cell === cell && row.metric === metric;
}
