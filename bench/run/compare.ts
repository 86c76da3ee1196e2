/** Has this project got worse since an earlier run? Ratios to the baseline are compared, for times are of one machine and day. */
import { oursName } from '../peers.js';
import type { Result, Summary } from './result.js';

export interface Comparison {
  readonly lines: readonly string[];
  /** Cells that both results have, each with a ratio and a band. */
  readonly compared: number;
  readonly regressions: number;
}

export function compare(before: Result, after: Result): Comparison {
  let regressions = 0;
  const lines: string[] = [];
  for (const row of headlines(after)) {
    const old = headlines(before).find(({ scenario, cell }) => scenario === row.scenario && cell === row.cell);
    if (old?.ratio === undefined || row.ratio === undefined) continue;
    if (old.band === undefined || row.band === undefined) continue;
    const factor = row.ratio / old.ratio;
    const noise = (1 + old.band) * (1 + row.band);
    const verdict = factor > noise ? 'WORSE' : factor < 1 / noise ? 'better' : 'equal';
    if (verdict === 'WORSE') regressions += 1;
    const change = `${old.ratio.toFixed(2)} -> ${row.ratio.toFixed(2)} of the baseline`;
    lines.push(`${verdict.padEnd(7)}${row.scenario} ${row.cell}: ${change}, noise ×${noise.toFixed(2)}`);
  }
  const compared = lines.length;
  if (compared === 0) lines.push('The two results have no cell in common that has a baseline and a control');
  return { lines, compared, regressions };
}

/** Ours, in the metric that each scenario puts first; it is one of which less is better. */
function headlines(result: Result): Summary[] {
  return result.summary.filter(({ scenario, peer, metric }) => {
    return peer === oursName && result.scenarios.find(({ name }) => name === scenario)?.metrics[0] === metric;
  });
}
