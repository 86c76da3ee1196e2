/** Bytes by their place and number, so that a counterexample shows two small figures and not 70 000 bytes. */
import fc from 'fast-check';

/** All byte values, in no pattern that repeats: bytes that went missing, twice or elsewhere show. */
const noise = Buffer.alloc(1 << 20);
for (let index = 0, state = 1; index < noise.length; index += 1) {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0; // Numerical Recipes, section 7.1
  noise[index] = state >>> 24;
}

export interface Slice {
  readonly at: number;
  readonly bytes: number;
}

export function slice(maxBytes: number): fc.Arbitrary<Slice> {
  return fc.record({ at: fc.nat(noise.length - maxBytes), bytes: fc.nat(maxBytes) });
}

/** In a counterexample it shows as its place and its length. */
export function noiseAt({ at, bytes }: Slice): Buffer {
  return Object.assign(noise.subarray(at, at + bytes), { [fc.toStringMethod]: () => `noise(${at}, ${bytes})` });
}
