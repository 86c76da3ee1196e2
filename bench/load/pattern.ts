/** What is sent: one endless sequence of frames, in which each connection starts at another place. */

/** Two bytes of length, and letters. */
export const frameBytes = 64;
const frameHead = [0, frameBytes - 2];
/** A prime of frames: so a lost or doubled message is noticed, whatever its size. */
const periodBytes = 1_021 * frameBytes;
/** The longest write that `patternAt` gives in one piece. */
const maxWriteBytes = 1_048_576;

/** Lower-case letters: so a space ends DATA in `Echo=>DATA at TIME`. */
const pattern = Buffer.alloc(periodBytes + maxWriteBytes);
let state = 1;
for (let index = 0; index < periodBytes; index++) {
  state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
  pattern[index] = frameHead[index % frameBytes] ?? 97 + ((state >>> 16) % 26);
}
pattern.fill(pattern.subarray(0, periodBytes), periodBytes);

/** The bytes from `offset` on; no copy. */
export function patternAt(offset: number, bytes: number): Buffer {
  const start = offset % periodBytes;
  return pattern.subarray(start, start + bytes);
}

/** Whether `chunk` from `start` to `end` is what stands at `offset`; no copy, no allocation. */
export function matchesPattern(offset: number, chunk: Buffer, start: number, end: number): boolean {
  const from = offset % periodBytes;
  return chunk.compare(pattern, from, from + end - start, start, end) === 0;
}
