/** The table of ratios: one figure of each scenario and a row for each peer; as Markdown, long and short. */
import { baselineName, controlName, oursName } from '../peers.js';
import { bytes, micros } from '../pictures/units.js';
import { environmentLine } from '../run/environment.js';
import type { Result, Summary } from '../run/result.js';
import type { Metric } from '../scenarios.js';

interface Column {
  readonly title: string;
  readonly scenario: string;
  readonly cell: string;
  readonly metric: Metric;
  /** For the README, too. */
  readonly short?: boolean;
}

const formats: Readonly<Partial<Record<Metric, (value: number) => string>>> = {
  cpuUs: micros,
  p99Us: micros,
  bytesPerConnection: bytes,
  lastReplyMs: (ms) => micros(ms * 1_000),
};

const cpu = { metric: 'cpuUs' } as const;
const p99 = { metric: 'p99Us' } as const;
const columns: readonly Column[] = [
  { ...cpu, scenario: 'throughput', cell: '64 B', title: 'CPU a message of 64\u00a0B', short: true },
  { ...cpu, scenario: 'throughput', cell: '65536 B', title: 'CPU, 64\u00a0KiB' },
  { ...cpu, scenario: 'pipelined', cell: '16 deep', title: 'CPU, bursts of 16' },
  { ...cpu, scenario: 'framed', cell: '16 a read', title: 'CPU, 16 requests a read' },
  { ...cpu, scenario: 'whole', cell: '64 KiB', title: 'CPU, 64\u00a0KiB in three parts' },
  { ...cpu, scenario: 'proxy', cell: 'flood', title: 'CPU, proxy, 1\u202f000\u00a0B' },
  { ...cpu, scenario: 'splitting', cell: '64 KiB', title: 'CPU, 64\u00a0KiB in pieces' },
  { ...cpu, scenario: 'accept-close', cell: '50 at once', title: 'open and close a connection', short: true },
  {
    metric: 'bytesPerConnection',
    scenario: 'memory',
    cell: 'to 10 000',
    title: 'memory of a waiting connection',
    short: true,
  },
  { ...p99, scenario: 'slow-readers', cell: '20 of 120', title: 'p99 beside slow readers', short: true },
  { ...p99, scenario: 'latency', cell: '5000 /s', title: 'p99 at 5\u202f000\u00a0/s' },
  { metric: 'lastReplyMs', scenario: 'storm', cell: '10000 clients', title: '10\u202f000 clients at once' },
];
/** One of each kind. */
const shortPeers = ['c-epoll', 'go', oursName, baselineName, 'python-threads', 'obvious-rxjs'];

export interface Headline {
  readonly heads: readonly string[];
  readonly rows: readonly { readonly peer: string; readonly entries: readonly Entry[] }[];
}

export interface Entry {
  /** `5.46 µs`, or why there is no figure. */
  readonly figure: string;
  /** `×1.02`, with `=` where the difference may be noise alone; empty where there is no ratio. */
  readonly ratio: string;
  /** Takes less than this project, by more than both bands. */
  readonly beatsUs: boolean;
}

/** What the signs in the table mean. */
export const legend =
  `× is the ratio to ${baselineName}, bare callbacks on Node, in the same round: less is better. ` +
  `= may be noise alone. ≤: half of it or more passed before the generator sent. ▾ takes less than ${oursName}, beyond the noise of both.`;

/** Without columns of which the result has no figures, and without the control, which the bands stand for. */
export function headlineOf(result: Result, wanted = columns): Headline {
  const shown = wanted.filter((column) => result.summary.some((row) => isOf(row, column)));
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

/** Two tables in Markdown: all of it, and what a newcomer needs, for the README. */
export function tablesOf(result: Result): string {
  const { heads, rows } = headlineOf(
    result,
    columns.filter(({ short }) => short),
  );
  const short = rows.filter(({ peer }) => shortPeers.includes(peer));
  const plain = short.map(({ peer, entries }) => ({ peer, entries: entries.map((e) => ({ ...e, beatsUs: false })) }));
  const long = [markdownOf(headlineOf(result)), legend, environmentLine(result.environment)];
  return `${[...long, 'For the README:', markdownOf({ heads, rows: plain })].join('\n\n')}\n`;
}

function markdownOf({ heads, rows }: Headline): string {
  const body = rows.map(({ peer, entries }) => {
    const cells = entries.map(({ figure, ratio, beatsUs }) => `${figure} ${ratio} ${beatsUs ? '▾' : ''}`.trim());
    return [peer === oursName ? `**${peer}**` : peer, ...cells];
  });
  const lines = [['', ...heads], ['---', ...heads.map(() => '---')], ...body];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function entryOf(result: Result, column: Column, peer: string): Entry {
  const row = rowOf(result, column, peer);
  const alone = (figure: string): Entry => ({ figure, ratio: '', beatsUs: false });
  if (row === undefined) return alone('not tried');
  if (!Number.isFinite(row.median)) return alone(row.runs === 0 ? 'void' : 'unknown');
  const figure = formats[column.metric]?.(row.median) ?? String(row.median);
  if (isGenerators(result, column, peer)) return alone(`≤ ${figure}`);
  if (row.ratio === undefined || isGenerators(result, column, baselineName)) return alone(figure);
  const sign = row.verdict === 'equal' && peer !== baselineName ? ' =' : '';
  const ratio = `×${row.ratio.toFixed(row.ratio < 10 ? 2 : 0)}${sign}`;
  return { figure, ratio, beatsUs: beats(row, rowOf(result, column, oursName)) };
}

/** Half of this latency or more passed before the generator sent: the server took less, and no ratio says how much. */
function isGenerators(result: Result, column: Column, peer: string): boolean {
  const row = rowOf(result, column, peer);
  const late = rowOf(result, { ...column, metric: 'latenessUs' }, peer);
  return column.metric === 'p99Us' && row !== undefined && late !== undefined && late.median >= row.median / 2;
}

/** False where either has no ratio or no band. */
function beats({ ratio = Number.NaN, band = Number.NaN }: Summary, ours?: Summary): boolean {
  return ratio * (1 + band) < (ours?.ratio ?? Number.NaN) / (1 + (ours?.band ?? Number.NaN));
}

function rowOf({ summary }: Result, column: Column, peer: string): Summary | undefined {
  return summary.find((row) => row.peer === peer && isOf(row, column));
}

function isOf(row: Summary, { scenario, cell, metric }: Column): boolean {
  return row.scenario === scenario && row.cell === cell && row.metric === metric;
}
