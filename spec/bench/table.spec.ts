/** The table at the terminal, and those in Markdown. */
import { describe, expect, it } from 'vitest';
import { headlineOf, tablesOf } from '../../bench/report/headline.js';
import type { Summary } from '../../bench/run/result.js';
import { bandText, tableOf } from '../../bench/run/table.js';
import { resultOf, runsOf, wholeResult } from './support/results.js';

describe('the table', () => {
  const runs = runsOf({ small: { net: [10, 10], 'net-again': [10, 10], 'rxjs-tcp': [12, 12], 'c-epoll': [8, 8] } });

  it('begins with the environment', () => {
    expect(tableOf(resultOf(runs))).toMatch(/^node 20\.20\.2 · rxjs 7\.8\.2 · commit abc1234 · Linux/);
  });

  it('has the best peer first, with ratio and band', () => {
    const rows = tableOf(resultOf(runs))
      .split('\n')
      .filter((line) => /±/.test(line));
    expect(
      rows.map((row) =>
        row
          .trim()
          .split(/\s{2,}/)
          .slice(0, 6)
          .join('|'),
      ),
    ).toEqual([
      'c-epoll|8.00|8.00|8.00|0.80|±2 %',
      'net|10.0|10.0|10.0|1.00|±2 %',
      'net-again|10.0|10.0|10.0|1.00|±2 %',
      'rxjs-tcp|12.0|12.0|12.0|1.20|±2 %',
    ]);
  });

  it('lists what is void, limited and skipped', () => {
    const [first, second, ...others] = runs.map((run, index) => ({ ...run, generatorLimited: index === 1 }));
    const table = tableOf(resultOf([{ ...first, void: 'the server died' }, second, ...others] as typeof runs));
    expect(table).toContain('void: made-up small, net, round 1: the server died');
    expect(table).toContain('1 run where the generator was the limit');
    expect(table).toContain('skipped: uvloop: not installed; Debian: python3-uvloop');
  });

  it('prints a wide band as a factor, and one of ten or more as any', () => {
    expect([0.03, 1.6, 30].map(bandText)).toEqual(['±3 %', '×÷2.6', 'any']);
  });

  it('notes that there are no bands without a control', () => {
    expect(tableOf(resultOf(runsOf({ small: { net: [10] } })))).toContain('(no net-again, so no bands)');
  });
});

describe('the Markdown tables', () => {
  const result = wholeResult();

  const [long = [], short = []] = tablesOf(result)
    .split('For the README')
    .map((text) => text.split('\n').filter((line) => line.startsWith('| ')));
  const names = (table: readonly string[]) => table.slice(2).map((line) => line.split(' | ')[0]?.slice(2));

  it('have a row for each peer except the control, with this project in bold', () => {
    expect(names(long)).toHaveLength(result.peers.length - 1);
    expect(names(long)).toContain('**rxjs-tcp**');
  });

  it('include a short one for the README: six peers, four figures, each with its ratio', () => {
    expect(names(short)).toEqual(['net', '**rxjs-tcp**', 'obvious-rxjs', 'c-epoll', 'go', 'python-threads']);
    expect(short[3]?.match(/ ×\d\.\d\d/g)).toHaveLength(4);
    expect(short.join()).not.toContain('▾');
  });

  it('mark a peer that takes less than this project beyond the noise, and no other', () => {
    const { rows } = headlineOf(result);
    const beating = rows.filter(({ entries }) => entries.some(({ beatsUs }) => beatsUs)).map(({ peer }) => peer);
    expect(beating).toEqual(['net']);
  });

  it('have ≤ and no ratio where half of a latency, or of the baseline’s, passed before the generator sent', () => {
    const entry = (late: string, part: number) => {
      const summary = result.summary.map((row) => {
        if (row.peer !== late || row.metric !== 'latenessUs') return row;
        const own = ({ peer, scenario, cell, metric }: Summary) =>
          peer === late && scenario === row.scenario && cell === row.cell && metric === 'p99Us';
        return { ...row, median: (result.summary.find(own)?.median ?? 0) * part };
      });
      const { heads, rows } = headlineOf({ ...result, summary });
      const { figure, ratio } =
        rows.find(({ peer }) => peer === 'go')?.entries[heads.indexOf('p99 beside slow readers')] ?? {};
      return [figure?.startsWith('≤ '), ratio !== ''];
    };
    expect(entry('go', 0.4)).toEqual([false, true]);
    expect(entry('go', 0.5)).toEqual([true, false]);
    expect(entry('net', 0.5)).toEqual([false, false]);
  });

  it('note where a peer was not tried', () => {
    const fork = headlineOf(result).rows.find(({ peer }) => peer === 'python-fork');
    expect(fork?.entries.map(({ figure }) => figure)).toContain('not tried');
  });
});
