/** The same bytes, cut into chunks in different ways. */
import fc from 'fast-check';

/** Chunks of these lengths, again and again; of all bytes by default. */
export function cut(bytes: Uint8Array, lengths: readonly number[] = [bytes.length]): Buffer[] {
  const chunks: Buffer[] = [];
  for (let start = 0, turn = 0; start < bytes.length; turn += 1) {
    const length = lengths[turn % lengths.length] || 1;
    chunks.push(Buffer.from(bytes.subarray(start, start + length)));
    start += length;
  }
  return chunks;
}

/** Lengths that cut often, and at every place in the end. */
export const lengths = fc.array(fc.oneof(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 400 })), {
  minLength: 1,
  maxLength: 8,
});
