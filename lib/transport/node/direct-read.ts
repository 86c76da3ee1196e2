/** Reads into one slab for all sockets, from which each chunk is copied: Node otherwise allocates 64 KiB for every read. */
import { Buffer } from 'node:buffer'; // the global one is behind a getter
import type net from 'node:net';

/** As much as libuv reads at once. */
const slabBytes = 65_536;

/** What is in it is gone with the next read of any socket. */
const slab = Buffer.allocUnsafeSlow(slabBytes);

/** From here on a chunk is not copied: the next read of its socket gets a buffer of its own, which becomes the chunk. */
const bulkBytes = slabBytes / 2;

/** The start of the slab, as long as the last read: the next one is often as long. */
let read = new Uint8Array(slab.buffer, 0, 0);

/** Whether the read that has just been delivered was as long as that. Node asks for the next buffer right behind it. */
let wasBulk = false;

/** Who is given the chunks of a socket. */
export interface Receiver {
  receive(chunk: Buffer): void;
}

/** The option `onread` of a socket. */
export function intoSlab(receiver: Receiver): net.OnReadOpts {
  return {
    buffer: nextBuffer,
    callback(bytes, buffer) {
      const isBulk = bytes >= bulkBytes;
      receiver.receive(isBulk && buffer !== slab ? (buffer as Buffer).subarray(0, bytes) : copyOf(buffer, bytes));
      wasBulk = isBulk; // not before: whoever receives may make a socket, which asks for its first buffer
      return true; // go on reading
    },
  };
}

function nextBuffer(): Buffer {
  const buffer = wasBulk ? Buffer.allocUnsafeSlow(slabBytes) : slab;
  wasBulk = false;
  return buffer;
}

function copyOf(buffer: Uint8Array, bytes: number): Buffer {
  if (buffer !== slab) return Buffer.from(buffer.subarray(0, bytes));
  const chunk = Buffer.allocUnsafe(bytes);
  if (read.length !== bytes) read = new Uint8Array(slab.buffer, 0, bytes);
  chunk.set(read); // Buffer.copy makes such a view each time, which takes longer than the copying
  return chunk;
}
