/** From runs to the figures of the table. */
import { describe, expect, it } from 'vitest';
import { summarise } from '../../bench/run/summary.js';
import { type Figures, runsOf, scenario } from './support/results.js';

function rowOf(figures: Figures, peer: string, cell = 'small') {
  const rows = summarise([scenario], runsOf(figures));
  return rows.find((row) => row.peer === peer && row.cell === cell && row.metric === 'cpuUs');
}

const steady = { net: [10, 10, 10], 'net-again': [10, 10, 10] };

describe('a summary', () => {
  it('has the median of the rounds, the lowest and the highest', () => {
    expect(rowOf({ small: { net: [30, 10, 14] } }, 'net')).toMatchObject({ median: 14, low: 10, high: 30, runs: 3 });
  });

  it('has the mean of the middle two of an even number of rounds', () => {
    expect(rowOf({ small: { net: [30, 10, 14, 16] } }, 'net')?.median).toBe(15);
  });

  it('takes ratios within a round, so that a slow hour cancels out', () => {
    const row = rowOf({ small: { net: [10, 20, 40], 'rxjs-tcp': [12, 24, 48] } }, 'rxjs-tcp');
    expect(row?.ratio).toBeCloseTo(1.2);
  });

  it('takes no ratio across cells', () => {
    expect(rowOf({ small: { 'rxjs-tcp': [12] }, large: { net: [10] } }, 'rxjs-tcp')?.ratio).toBeUndefined();
  });

  it('counts void runs and leaves them out', () => {
    const [first, ...others] = runsOf({ small: { net: [1_000, 10, 12] } });
    const rows = summarise(
      [scenario],
      [{ ...(first as NonNullable<typeof first>), void: 'the server died' }, ...others],
    );
    expect(rows.find(({ metric }) => metric === 'cpuUs')).toMatchObject({ median: 11, high: 12, runs: 2, voids: 1 });
  });

  it.each([
    ['less', [9, 9, 9]],
    ['equal', [10.1, 10.1, 10.1]],
    ['more', [11, 11, 11]],
  ])('of steady rounds has the verdict %s', (verdict, rounds) => {
    expect(rowOf({ small: { ...steady, 'rxjs-tcp': rounds } }, 'rxjs-tcp')?.verdict).toBe(verdict);
  });

  it('has no verdict without a control', () => {
    expect(rowOf({ small: { net: [10], 'rxjs-tcp': [30] } }, 'rxjs-tcp')?.verdict).toBeUndefined();
  });
});
