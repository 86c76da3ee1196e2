/** The result for a reader at a terminal. */
import { controlName } from '../peers.js';
import type { Metric } from '../scenarios.js';
import type { Environment, Result, Summary } from './result.js';

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

export function environmentLine(environment: Environment): string {
  const { node, rxjs, commit, kernel, cpu, cores, load, steal, pinned } = environment;
  const parts = [
    `node ${node}`,
    `rxjs ${rxjs}`,
    `commit ${commit}`,
    kernel,
    `${cpu}, ${cores} cores${pinned ? ', pinned' : ''}`,
    `load ${load.toFixed(2)}`,
    `steal ${steal === undefined ? 'unknown' : `${(steal * 100).toFixed(1)} %`}`,
    environment.date,
  ];
  return parts.join(' · ');
}

export function tableOf(result: Result): string {
  const sections = result.scenarios.map((scenario) => {
    const judged = result.summary.some((row) => row.scenario === scenario.name && row.band !== undefined);
    const noise = judged ? '' : ` (no ${controlName}, so no bands)`;
    const lines = scenario.cells.flatMap((cell) => {
      const rows = result.summary.filter((row) => row.scenario === scenario.name && row.cell === cell.name);
      return rows.length === 0 ? [] : cellTable(cell.name, scenario.metrics, rows);
    });
    return [`${scenario.name}: ${scenario.title}${noise}`, ...lines].join('\n');
  });
  return [environmentLine(result.environment), ...sections, remarks(result).join('\n')].join('\n\n');
}

function cellTable(cell: string, metrics: readonly Metric[], rows: readonly Summary[]): string[] {
  const [headline] = metrics;
  const peers = rows.filter(({ metric }) => metric === headline).toSorted((a, b) => order(a) - order(b));
  const head = [cell, metricTitles[headline as Metric], 'low', 'high', 'ratio', 'band', ''];
  const others = metrics.slice(1);
  const body = peers.map((row) => {
    const rest = others.map((metric) => {
      const other = rows.find((candidate) => candidate.peer === row.peer && candidate.metric === metric);
      const atLeast = metric === 'perSecond' && row.limited > 0 ? '≥' : '';
      return other === undefined ? '' : atLeast + figure(other.median);
    });
    const ratio = row.ratio === undefined ? '' : row.ratio.toFixed(2);
    const notes = row.voids > 0 ? `${row.voids} of ${row.runs + row.voids} void` : '';
    const band = row.band === undefined ? '' : bandText(row.band);
    const spread = [figure(row.median), figure(row.low), figure(row.high)];
    return [row.peer, ...spread, ratio, band, row.verdict === 'equal' ? '=' : '', ...rest, notes];
  });
  return align([[...head, ...others.map((metric) => metricTitles[metric]), ''], ...body]);
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
export function remarks({ runs, skipped, wrong }: Result): string[] {
  const voids = runs.filter((run) => run.void !== undefined);
  const limited = runs.filter((run) => run.generatorLimited && run.void === undefined).length;
  return [
    `${runs.length} runs, ${voids.length} void`,
    ...voids.map(
      ({ scenario, cell, peer, round, ...run }) =>
        `void: ${scenario} ${cell}, ${peer}, round ${round + 1}: ${run.void}`,
    ),
    ...(limited > 0 ? [`${limited} runs where the generator was the limit: ≥ marks their rates; their CPU holds`] : []),
    ...wrong.map(({ peer, reason }) => `not timed: ${peer}: ${reason}`),
    ...skipped.map(({ peer, reason, debianPackage }) => {
      return `skipped: ${peer}: ${reason}${debianPackage === undefined ? '' : `; Debian: ${debianPackage}`}`;
    }),
  ];
}

function figure(value: number): string {
  if (!Number.isFinite(value)) return '-';
  if (value >= 1_000) return Math.round(value).toLocaleString('en');
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

/** The first column to the left, the others to the right. */
function align(rows: readonly (readonly string[])[]): string[] {
  const widths = rows.reduce<number[]>(
    (widest, row) => row.map((text, column) => Math.max(text.length, widest[column] ?? 0)),
    [],
  );
  return rows.map((row) => {
    const cells = row.map((text, column) => (column === 0 ? text.padEnd(26) : text.padStart(widths[column] ?? 0)));
    return `  ${cells.join('  ')}`.trimEnd();
  });
}
