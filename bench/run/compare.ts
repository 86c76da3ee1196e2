/** Two results compared by their ratios to the baseline, because times belong to one machine and day. */
import { oursName } from '../peers.js';
import type { Result, Summary } from './result.js';
import { bandText } from './table.js';

/** A row of which both results have a ratio with a band. */
interface Pair {
  readonly row: Judged;
  readonly old: Judged;
}
type Judged = Summary & { readonly ratio: number; readonly band: number };

export interface Comparison {
  readonly lines: readonly string[];
  /** Cells in which this project could be compared. */
  readonly compared: number;
  readonly regressions: number;
}

/** Whether this project has got worse, in the first metric of each scenario; of all these, less is better. */
export function compare(before: Result, after: Result): Comparison {
  let regressions = 0;
  const lines = pairsOf(before, after).flatMap(({ row, old }) => {
    const headline = after.scenarios.find(({ name }) => name === row.scenario)?.metrics[0];
    if (row.peer !== oursName || row.metric !== headline) return [];
    const factor = row.ratio / old.ratio;
    const noise = (1 + old.band) * (1 + row.band);
    const verdict = factor > noise ? 'WORSE' : factor < 1 / noise ? 'better' : 'equal';
    if (verdict === 'WORSE') regressions += 1;
    const change = `${old.ratio.toFixed(2)} -> ${row.ratio.toFixed(2)} of the baseline`;
    return [`${verdict.padEnd(7)}${row.scenario} ${row.cell}: ${change}, noise ×${noise.toFixed(2)}`];
  });
  if (lines.length > 0) return { lines, compared: lines.length, regressions };
  const nothing = 'The two results have no cell in common that has a baseline and a control';
  return { lines: [nothing], compared: 0, regressions };
}

/** Whether the results agree about every peer: each ratio is found again within the wider of its two bands. */
export function agreementOf(before: Result, after: Result): string {
  const pairs = pairsOf(before, after);
  const apart = pairs.filter(({ row, old }) => {
    return Math.abs(Math.log(row.ratio / old.ratio)) > Math.log1p(Math.max(old.band, row.band));
  });
  const text = ({ ratio, band }: Judged) => `${ratio.toFixed(2)} ${bandText(band)}`;
  const lines = apart.map(({ row, old }) => `  ${keyOf(row)}: ${text(old)}, ${text(row)}`);
  return [`${pairs.length - apart.length} of ${pairs.length} ratios agree within their bands`, ...lines].join('\n');
}

function pairsOf(before: Result, after: Result): Pair[] {
  const known = new Map(before.summary.map((row) => [keyOf(row), row]));
  return after.summary.flatMap((row) => {
    const old = known.get(keyOf(row));
    return isJudged(row) && old !== undefined && isJudged(old) ? [{ row, old }] : [];
  });
}

function isJudged(row: Summary): row is Judged {
  return row.ratio !== undefined && row.band !== undefined;
}

function keyOf({ scenario, cell, peer, metric }: Summary): string {
  return `${scenario} ${cell}, ${peer}, ${metric}`;
}
