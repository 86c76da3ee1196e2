/** Reads into one slab for all sockets and copies each chunk from it: Node otherwise allocates 64 KiB for each read. */
import { Buffer } from 'node:buffer'; // the global one is behind a getter
import type net from 'node:net';
import type { SocketOwner } from './socket-io.js';

/** What libuv reads at once. */
const slabBytes = 65_536;

/** The next read of any socket overwrites it. */
const slab = Buffer.allocUnsafeSlow(slabBytes);

/** From here on a chunk need not be copied: the socket's next read gets a buffer of its own, which becomes the chunk. */
const bulkBytes = slabBytes / 2;

/** The start of the slab, as long as the last read: the next one is often as long. */
let lastRead = new Uint8Array(slab.buffer, 0, 0);

/** The socket with the bulk read that was just delivered. Node asks for its next buffer right behind it. */
let bulkReader: SocketOwner | undefined;

/** The sockets that have a buffer of their own for their next read. One that waits keeps it, and no window counts it. */
const buffered = new Set<SocketOwner>();

/** Beyond that, bulk reads are copied from the slab too: 10 000 sockets that wait would keep 640 MB. */
const mostBuffered = 32;

/** The option `onread` of a socket. */
export function intoSlab(owner: SocketOwner): net.OnReadOpts {
  return {
    buffer: nextBuffer,
    callback(bytes, buffer) {
      const isBulk = bytes >= bulkBytes;
      owner.receive(isBulk && buffer !== slab ? (buffer as Buffer).subarray(0, bytes) : copyOf(buffer, bytes));
      if (!isBulk && buffer !== slab) buffered.delete(owner);
      bulkReader = isBulk ? owner : undefined; // set last: `receive` may open another socket, which calls `nextBuffer` too
      return true; // go on reading
    },
  };
}

/** A closed socket reads no more. */
export function stopReading(owner: SocketOwner): void {
  buffered.delete(owner);
}

function nextBuffer(): Buffer {
  const owner = bulkReader;
  bulkReader = undefined;
  if (owner === undefined || (buffered.size >= mostBuffered && !buffered.has(owner))) return slab;
  buffered.add(owner);
  return Buffer.allocUnsafeSlow(slabBytes);
}

function copyOf(buffer: Uint8Array, bytes: number): Buffer {
  if (buffer !== slab) return Buffer.from(buffer.subarray(0, bytes));
  const chunk = Buffer.allocUnsafe(bytes);
  if (lastRead.length !== bytes) lastRead = new Uint8Array(slab.buffer, 0, bytes);
  chunk.set(lastRead); // Buffer.copy makes such a view each time, which takes longer than the copying
  return chunk;
}
