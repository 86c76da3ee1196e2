/** Reads once more behind an end: on Node 20 and 22 libuv reports a reset that comes right behind data as an end. */
import { readSync } from 'node:fs';
import type net from 'node:net';

const spare = new Uint8Array(1);

/** Calls `ended` where the end was one, or where Node does not tell the descriptor. Otherwise the socket errors. */
export function reread(socket: net.Socket, ended: () => void): void {
  const { fd = -1 } = (socket as net.Socket & { readonly _handle?: { readonly fd?: number } | null })._handle ?? {};
  try {
    if (fd >= 0) readSync(fd, spare);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ECONNRESET') {
      socket.destroy(error as Error);
      return;
    }
  }
  ended();
}
