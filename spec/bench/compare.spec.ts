/** Two results: whether this project has got worse, and whether they agree about all peers. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { agreementOf, compare } from '../../bench/run/compare.js';
import { readResult } from '../../bench/run/result.js';
import { resultOf, runsOf } from './support/results.js';

const result = (ours: number, factor = 1) => {
  const rounds = (value: number) => [value, value * 1.01, value].map((each) => each * factor);
  return resultOf(runsOf({ small: { net: rounds(10), 'net-again': rounds(10), 'rxjs-tcp': rounds(ours) } }));
};

describe('a comparison', () => {
  it('finds a regression beyond both bands', () => {
    expect(compare(result(10), result(13))).toMatchObject({
      compared: 1,
      regressions: 1,
      lines: [expect.stringMatching(/^WORSE /)],
    });
  });

  it('finds no regression within the bands', () => {
    expect(compare(result(10), result(10.2))).toMatchObject({ compared: 1, regressions: 0 });
  });

  it('of a slower machine finds no regression', () => {
    expect(compare(result(10), result(10, 3)).regressions).toBe(0);
  });

  it('lists what got better', () => {
    expect(compare(result(13), result(10)).lines).toEqual([expect.stringMatching(/^better .*1\.30 -> 1\.00/)]);
  });

  it('compares nothing without a control', () => {
    const alone = resultOf(runsOf({ small: { net: [10, 10], 'rxjs-tcp': [10, 10] } }));
    expect(compare(alone, result(20))).toMatchObject({ compared: 0, regressions: 0 });
  });

  it('refuses a result of another version', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'result-')), 'old.json');
    writeFileSync(file, '{"version":1}');
    expect(() => readResult(file)).toThrow(/expected a result of version 2, got 1/);
  });
});

describe('the agreement of two results', () => {
  it('counts every ratio that has a band in both', () => {
    expect(agreementOf(result(10), result(10.1))).toBe('3 of 3 ratios agree within their bands');
  });

  it('lists the ratios that differ by more than their bands', () => {
    expect(agreementOf(result(10), result(13))).toMatch(
      /^2 of 3 .*\n {2}made-up small, rxjs-tcp, cpuUs: 1\.00 ±\d %, 1\.30 ±\d %$/,
    );
  });
});
