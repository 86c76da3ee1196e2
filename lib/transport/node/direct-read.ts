/** Reads into one slab for all sockets and copies each chunk from it: Node otherwise allocates 64 KiB for each read. */
import { Buffer } from 'node:buffer'; // the global one is behind a getter
import type net from 'node:net';
import type { SocketOwner } from './socket-io.js';

/** What libuv reads at once. */
const slabBytes = 65_536;

/** The next read of any socket overwrites it. */
const slab = Buffer.allocUnsafeSlow(slabBytes);

/** From here on a chunk is not copied: the socket's next read gets a buffer of its own, which becomes the chunk. */
const bulkBytes = slabBytes / 2;

/** The start of the slab, as long as the last read: the next one is often as long. */
let lastRead = new Uint8Array(slab.buffer, 0, 0);

/** Whether the read that was just delivered was a bulk read. Node asks for the next buffer right behind it. */
let wasBulk = false;

/** The option `onread` of a socket. */
export function intoSlab(owner: SocketOwner): net.OnReadOpts {
  return {
    buffer: nextBuffer,
    callback(bytes, buffer) {
      const isBulk = bytes >= bulkBytes;
      owner.receive(isBulk && buffer !== slab ? (buffer as Buffer).subarray(0, bytes) : copyOf(buffer, bytes));
      wasBulk = isBulk; // set last: `receive` may open another socket, which calls `nextBuffer` too
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
  if (lastRead.length !== bytes) lastRead = new Uint8Array(slab.buffer, 0, bytes);
  chunk.set(lastRead); // Buffer.copy makes such a view each time, which takes longer than the copying
  return chunk;
}
