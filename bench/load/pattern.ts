/** What is sent: one endless sequence of letters, which each connection begins elsewhere. */

/** A prime, so that no message size divides it and a message that is lost or doubled does not go unseen. */
const periodBytes = 65_521;
/** The longest write that `patternAt` gives in one piece. */
export const maxWriteBytes = 1_048_576;

/** Lower-case letters only: a space then ends DATA in `Echo=>DATA at TIME`. */
const pattern = Buffer.alloc(periodBytes + maxWriteBytes);
let state = 1;
for (let index = 0; index < periodBytes; index++) {
  state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
  pattern[index] = 97 + ((state >>> 16) % 26);
}
for (let index = periodBytes; index < pattern.length; index++) pattern[index] = pattern[index - periodBytes] as number;

/** The bytes from `offset` on; no copy. */
export function patternAt(offset: number, bytes: number): Buffer {
  const start = offset % periodBytes;
  return pattern.subarray(start, start + bytes);
}

/** Whether `chunk` from `start` to `end` is what stands at `offset`. */
export function matchesPattern(offset: number, chunk: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at += maxWriteBytes) {
    const bytes = Math.min(end - at, maxWriteBytes);
    const from = (offset + at - start) % periodBytes;
    if (chunk.compare(pattern, from, from + bytes, at, at + bytes) !== 0) return false;
  }
  return true;
}
