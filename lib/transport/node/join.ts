/** Puts small writes together in one slab for all sockets: the kernel nearly always takes them before the next ones come. */
import { Buffer } from 'node:buffer'; // the global one is behind a getter

/** A socket that waits for the kernel keeps the slab: so it is no larger than one that Buffers share. */
const slabBytes = 4_096;

/** Up to here the parts of a write are joined, which takes less than to hand them over one by one (measured). */
export const joinedBytes = 16_384;

let slab = Buffer.allocUnsafeSlow(slabBytes);
/** The start of the slab, as long as the last write: the next one is often as long, and a view costs as much as to copy three parts. */
let lastJoined = new Uint8Array(slab.buffer, 0, 0);

/** Valid until the next call, unless `keepJoined` follows. */
export function join(parts: readonly Uint8Array[], bytes: number): Uint8Array {
  if (bytes > slabBytes) return Buffer.concat(parts, bytes);
  let end = 0;
  for (const part of parts) {
    slab.set(part, end);
    end += part.length;
  }
  if (lastJoined.length !== bytes) lastJoined = new Uint8Array(slab.buffer, 0, bytes);
  return lastJoined;
}

export function keepJoined(): void {
  slab = Buffer.allocUnsafeSlow(slabBytes);
  lastJoined = new Uint8Array(slab.buffer, 0, 0);
}
