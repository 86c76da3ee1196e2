/** Node's `net` with hand-written callbacks: the baseline of every ratio. */
import { createServer } from 'node:net';

const [port, delayMs, maxBytes] = process.argv.slice(2).map(Number) as [number, number, number];

let second = 0;
let tail = Buffer.alloc(0);
const head = Buffer.from('Echo=>');

/** Cached for a second: Node has no ctime, and formatting a date for every reply would dominate the measurement. */
function stampTail(): Buffer {
  const now = Date.now();
  if (Math.floor(now / 1000) === second) return tail;
  second = Math.floor(now / 1000);
  const [weekday, month, day, year, time] = new Date(now).toString().split(' ') as [
    string,
    string,
    string,
    ...string[],
  ];
  tail = Buffer.from(` at ${weekday} ${month} ${String(Number(day)).padStart(2)} ${time} ${year}`);
  return tail;
}

const server = createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true }, (socket) => {
  const timer = setTimeout(() => socket.resume(), delayMs);
  socket.on('data', (chunk: Buffer) => {
    for (let start = 0; start < chunk.length; start += maxBytes) {
      const data = chunk.length <= maxBytes ? chunk : chunk.subarray(start, start + maxBytes);
      if (!socket.write(Buffer.concat([head, data, stampTail()]))) socket.pause();
    }
  });
  socket.on('drain', () => socket.resume());
  socket.on('end', () => socket.end());
  socket.on('error', () => socket.destroy());
  socket.on('close', () => clearTimeout(timer));
});

server.listen({ host: '127.0.0.1', port, backlog: 4096 }, () => {
  const address = server.address() as { port: number };
  process.stdout.write(`listening on 127.0.0.1:${address.port}\n`);
});
