/** Random numbers from a seed: the same in every run, on every machine and in every version, as recorded seeds are played again. */
import { describe, expect, it } from 'vitest';
import { deviation, randomFrom, seedOf } from '../../lib/values/random.js';

describe('random numbers', () => {
  it.each([
    [0, [1_684_164_658, 3_653_269_916, 2_939_563_536]],
    [42, [551_831_576, 144_025_891, 322_543_647]],
    [2 ** 31, [2_241_709_437, 3_944_143_666, 3_411_218_436]],
  ])('from the seed %i are these, as parts of 2^32', (seed, recorded) => {
    const random = randomFrom(seed);
    expect(recorded.map(() => random() * 2 ** 32)).toEqual(recorded);
  });

  it('give whole deviations to both sides, up to the most', () => {
    expect([0, 0.49, 0.5, 0.51, 1 - 2 ** -32].map((number) => deviation(100, () => number))).toEqual([
      -100, -2, 0, 2, 100,
    ]);
  });

  it('have a seed of their own for each combination, in which order counts', () => {
    expect([seedOf(), seedOf(0), seedOf(1, 2), seedOf(2, 1)]).toEqual([0, 3_334_161_691, 3_406_014_340, 794_590_309]);
    const numbers = Array.from({ length: 30 }, (_, number) => number);
    expect(new Set(numbers.flatMap((one) => numbers.map((other) => seedOf(one, other)))).size).toBe(900);
  });
});
