/** Random numbers from a seed, the same on every machine. */

/** Sebastiano Vigna's splitmix, in 32 bits: https://prng.di.unimi.it/splitmix64.c */
export function randomFrom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = state ^ (state >>> 16);
    mixed = Math.imul(mixed, 0x21f0aaad);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
  };
}

/** A whole number from -most to most. */
export function deviation(most: number, random: () => number): number {
  return Math.round(most * (2 * random() - 1));
}

/** A seed of its own for each combination of numbers. */
export function seedOf(...numbers: readonly number[]): number {
  return numbers.reduce(
    (seed, number) => Math.floor(randomFrom(seed ^ Math.imul(number + 1, 0x85ebca6b))() * 2 ** 32),
    0,
  );
}
