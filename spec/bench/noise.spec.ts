/** The band: how far noise alone may move a ratio. */
import { describe, expect, it } from 'vitest';
import { bandOf } from '../../bench/run/noise.js';
import type { Summary } from '../../bench/run/result.js';
import { summarise } from '../../bench/run/summary.js';
import { type Figures, runsOf, scenario } from './support/results.js';

const band = (figures: Figures, peer: string, cell = 'small') => bandOf(runsOf(figures), cell, peer, 'cpuUs');

const steady = { net: [10, 10, 10], 'net-again': [10, 10, 10], 'rxjs-tcp': [11, 11, 11] };
const restless = { net: [10, 10, 10], 'net-again': [12, 9, 11], 'rxjs-tcp': [11, 11, 11] };

describe('the band of a ratio', () => {
  it('is 2 % where all rounds agree', () => {
    expect(band({ small: steady }, 'rxjs-tcp')).toBe(0.02);
  });

  it('grows with the difference between the control and the baseline', () => {
    expect(band({ small: restless }, 'rxjs-tcp')).toBeGreaterThan(0.1);
  });

  it('grows with the spread of the row itself', () => {
    const figures = { small: { ...steady, go: [9, 12, 10] } };
    expect(band(figures, 'go')).toBeGreaterThan(band(figures, 'rxjs-tcp') ?? 0);
  });

  it('is the cell’s own: noise in another cell does not widen it', () => {
    expect(band({ small: steady, large: restless }, 'rxjs-tcp')).toBe(0.02);
  });

  it('is the scenario’s where the cell has no control and too few rounds', () => {
    const figures = { small: { net: [10, 10], 'rxjs-tcp': [11, 11] }, large: restless };
    expect(band(figures, 'rxjs-tcp')).toBeGreaterThan(0.1);
  });

  it('is at least 20 % after a single round', () => {
    expect(band({ small: { net: [10], 'net-again': [10], 'rxjs-tcp': [11] } }, 'rxjs-tcp')).toBe(0.2);
  });

  it('is undefined without a control', () => {
    expect(band({ small: { net: [10, 11], 'rxjs-tcp': [11, 10] } }, 'rxjs-tcp')).toBeUndefined();
  });

  it('contains the ratio of a second run on the same machine, for all but one ratio in 300', () => {
    const normal = gaussian(7);
    const pairs = Array.from({ length: 60 }).flatMap(() => {
      const [first, second] = [noisyRun(normal), noisyRun(normal)];
      return first.map((row, index) => [row, second[index] as Summary] as const);
    });
    const apart = pairs.filter(([{ ratio = 1, band = 0 }, other]) => {
      return Math.abs(Math.log(ratio / (other.ratio ?? 1))) > Math.log1p(Math.min(band, other.band ?? 0));
    });
    expect(apart.length).toBeLessThan(pairs.length / 300);
  });
});

/** Three rounds of twelve peers, each run off by some 4 %, in slow and fast hours that all peers share. */
function noisyRun(normal: () => number) {
  const names = ['net', 'net-again', 'rxjs-tcp', ...Array.from({ length: 9 }, (_, index) => `peer ${index}`)];
  const hours = [0, 1, 2].map(() => Math.exp(0.3 * normal()));
  const noisy = () =>
    Object.fromEntries(names.map((name) => [name, hours.map((hour) => hour * Math.exp(0.04 * normal()))]));
  return summarise([scenario], runsOf({ small: noisy(), large: noisy() })).filter(({ ratio }) => ratio !== undefined);
}

/** The same numbers each time, by Box and Muller over a linear congruence. */
function gaussian(seed: number): () => number {
  let state = seed;
  const uniform = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state + 1) / 2 ** 32;
  };
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}
