/** Resets a socket that connects. The kernel may have connected it already: its server would take a plain close for an end. */
import type net from 'node:net';

export function resetConnecting(socket: net.Socket): void {
  socket.on('error', ignore);
  if (socket.localPort === undefined) {
    socket.destroy(); // the kernel has not been asked to connect it
    return;
  }
  socket.resetAndDestroy(); // once Node knows that it is connected, which the next turn of the loop tells
  setImmediate(() => setImmediate(() => socket.destroy()));
}

function ignore(): void {}
