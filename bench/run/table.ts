/** The result at a terminal. */
import { controlName } from '../peers.js';
import type { Metric, Scenario } from '../scenarios.js';
import { environmentLine } from './environment.js';
import type { Result, Summary } from './result.js';

const metricTitles: Readonly<Record<Metric, string>> = {
  cpuUs: 'CPU µs',
  perSecond: 'a second',
  p50Us: 'p50 µs',
  p99Us: 'p99 µs',
  p999Us: 'p99.9 µs',
  latenessUs: 'sent late µs',
  lastReplyMs: 'last reply ms',
  bytesPerConnection: 'bytes/conn',
  memoryMb: 'memory MB',
};

export function tableOf(result: Result): string {
  const sections = result.scenarios.map(({ name, title, metrics, cells }) => {
    const own = result.summary.filter(({ scenario }) => scenario === name);
    const noise = own.some(({ band }) => band !== undefined) ? '' : ` (no ${controlName}, so no bands)`;
    const tables = cells.map((cell) =>
      cellTable(
        cell.name,
        metrics,
        own.filter((row) => row.cell === cell.name),
      ),
    );
    return [`${name}: ${title}${noise}`, ...tables].join('\n');
  });
  return [environmentLine(result.environment), ...sections, remarks(result).join('\n')].join('\n\n');
}

/** The best peer first; the first metric in full, of the others the medians. */
function cellTable(cell: string, [headline, ...others]: Scenario['metrics'], rows: readonly Summary[]): string {
  const body = rows
    .filter(({ metric }) => metric === headline)
    .toSorted((a, b) => order(a) - order(b))
    .map((row) => {
      const rest = others.map((metric) => {
        const other = rows.find((one) => one.peer === row.peer && one.metric === metric);
        const atLeast = metric === 'perSecond' && row.limited > 0 ? '≥' : '';
        return other === undefined ? '' : atLeast + figure(other.median);
      });
      const spread = [figure(row.median), figure(row.low), figure(row.high)];
      const ratio = [row.ratio?.toFixed(2) ?? '', row.band === undefined ? '' : bandText(row.band)];
      const voids = row.voids > 0 ? `${row.voids} of ${row.runs + row.voids} void` : '';
      return [row.peer, ...spread, ...ratio, row.verdict === 'equal' ? '=' : '', ...rest, voids];
    });
  const titles = others.map((metric) => metricTitles[metric]);
  return align([[cell, metricTitles[headline], 'low', 'high', 'ratio', 'band', '', ...titles, ''], ...body]);
}

/** Of a factor: `±3 %`, `×÷2.6`; from ten on it says nothing. */
export function bandText(band: number): string {
  if (band < 1) return `±${(band * 100).toFixed(0)} %`;
  return band < 9 ? `×÷${(1 + band).toFixed(1)}` : 'any';
}

function order({ median }: Summary): number {
  return Number.isFinite(median) ? median : Number.MAX_VALUE;
}

/** What is not in the figures, and why. */
export function remarks({ runs, skipped }: Result): string[] {
  const voids = runs.filter((run) => run.void !== undefined);
  const limited = runs.filter((run) => run.generatorLimited && run.void === undefined).length;
  return [
    `${counted(runs.length, 'run')}, ${voids.length} void`,
    ...voids.map(({ scenario, cell, peer, round, ...run }) => {
      return `void: ${scenario} ${cell}, ${peer}, round ${round + 1}: ${run.void}`;
    }),
    ...(limited > 0
      ? [`${counted(limited, 'run')} where the generator was the limit: ≥ marks their rates; their CPU holds`]
      : []),
    ...skipped.map(({ peer, reason, debianPackage }) => {
      return `skipped: ${peer}: ${reason}${debianPackage === undefined ? '' : `; Debian: ${debianPackage}`}`;
    }),
  ];
}

export function counted(count: number, noun: string): string {
  return count === 1 ? `1 ${noun}` : `${count} ${noun}s`;
}

function figure(value: number): string {
  if (!Number.isFinite(value)) return '-';
  if (value >= 1_000) return Math.round(value).toLocaleString('en');
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

/** The first column to the left, the others to the right. */
function align(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  const lines = rows.map(([name = '', ...cells]) => {
    const padded = cells.map((text, column) => text.padStart(widths[column + 1] ?? 0));
    return `  ${[name.padEnd(26), ...padded].join('  ')}`.trimEnd();
  });
  return lines.join('\n');
}
