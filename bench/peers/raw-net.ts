/** Node's `net` with hand-written callbacks: the baseline of every ratio. */
import { connect, createServer, type Socket } from 'node:net';
import { pipeline } from 'node:stream';
import { Frames } from './frames.js';
import { head, stampTail } from './stamp.js';

const [port = 0, delayMs, maxBytes = 1] = process.argv.slice(2, 5).map(Number);
const [job = '', upstreamPort] = process.argv.slice(5);
const corks = process.env.CORK !== 'no';

const jobs: Readonly<Record<string, (socket: Socket) => void>> = { echo, framed, whole: echo, proxy };

function echo(socket: Socket): void {
  const timer = setTimeout(() => socket.resume(), delayMs);
  socket.on('data', (chunk: Buffer) => {
    for (let start = 0; start < chunk.length; start += maxBytes) {
      const data = chunk.length <= maxBytes ? chunk : chunk.subarray(start, start + maxBytes);
      if (!socket.write(Buffer.concat([head, data, stampTail()]))) socket.pause();
    }
  });
  resumeAndEnd(socket);
  socket.on('close', () => clearTimeout(timer));
}

function framed(socket: Socket): void {
  const frames = new Frames();
  socket.on('data', (chunk: Buffer) => {
    if (corks) socket.cork();
    for (const frame of frames.push(chunk)) socket.write(frame);
    if (corks) socket.uncork();
    if (socket.writableNeedDrain) socket.pause();
  });
  resumeAndEnd(socket);
  socket.resume();
}

function resumeAndEnd(socket: Socket): void {
  socket.on('drain', () => socket.resume());
  socket.on('end', () => socket.end());
  socket.on('error', () => socket.destroy());
}

function proxy(socket: Socket): void {
  const upstream = connect({ port: Number(upstreamPort), host: '127.0.0.1', noDelay: true });
  pipeline(socket, upstream, socket, () => {});
}

const server = createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true }, jobs[job]);

server.listen({ host: '127.0.0.1', port, backlog: 4096 }, () => {
  const address = server.address() as { port: number };
  process.stdout.write(`listening on 127.0.0.1:${address.port}\n`);
});
