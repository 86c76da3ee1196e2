/** Do two results say the same of every peer? Each ratio is to be found again within the wider of its two bands. */
import type { Result, Summary } from './result.js';
import { bandText } from './table.js';

export function agreementOf(before: Result, after: Result): string {
  const known = new Map(before.summary.map((row) => [keyOf(row), row]));
  const pairs = after.summary.flatMap((row) => {
    const old = known.get(keyOf(row));
    return old?.band === undefined || row.band === undefined ? [] : [{ old, row }];
  });
  const apart = pairs.filter(({ old, row }) => {
    const factor = Math.abs(Math.log((row.ratio ?? 1) / (old.ratio ?? 1)));
    return factor > Math.log1p(Math.max(old.band ?? 0, row.band ?? 0));
  });
  const lines = apart.map(({ old, row }) => `  ${keyOf(row)}: ${ratioOf(old)}, ${ratioOf(row)}`);
  return [`${pairs.length - apart.length} of ${pairs.length} ratios agree within their bands`, ...lines].join('\n');
}

function keyOf({ scenario, cell, peer, metric }: Summary): string {
  return `${scenario} ${cell}, ${peer}, ${metric}`;
}

function ratioOf({ ratio = Number.NaN, band = 0 }: Summary): string {
  return `${ratio.toFixed(2)} ${bandText(band)}`;
}
