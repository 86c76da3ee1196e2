/** The server behind a proxy, as a child process: sends the pattern to each connection, as much as is taken, and reads nothing. */
import { createServer, type Socket } from 'node:net';
import { patternAt } from './pattern.js';

const pieceBytes = 1_048_576;

// Without a runner it has no purpose.
process.on('disconnect', () => process.exit());

const server = createServer((socket) => {
  socket.on('error', () => socket.destroy());
  send(socket, 0);
});
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as { port: number }).port));

function send(socket: Socket, sentBytes: number): void {
  socket.write(patternAt(sentBytes, pieceBytes), (error) => {
    if (!error) send(socket, sentBytes + pieceBytes);
  });
}
