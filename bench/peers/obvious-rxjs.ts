/** The obvious RxJS server: `fromEvent`, `mergeMap`, and a time stamp by dayjs for each chunk. */
import { createServer, type Socket } from 'node:net';
import dayjs from 'dayjs';
import { from, fromEvent, map, mergeMap, takeUntil, tap, timer } from 'rxjs';

const [port, delayMs, reply, maxChunk] = process.argv.slice(2) as [string, string, string, string];
const maxBytes = Number(maxChunk);

const server = createServer({ noDelay: true });

fromEvent(server, 'connection')
  .pipe(
    mergeMap((connection) => {
      const socket = connection as Socket;
      return timer(Number(delayMs)).pipe(
        mergeMap(() => fromEvent(socket, 'data') as ReturnType<typeof fromEvent<Buffer>>),
        mergeMap((chunk) => (chunk.length > maxBytes ? from(slices(chunk)) : [chunk])),
        map((data) => (reply === 'raw' ? data : `Echo=>${data} at ${stamp()}`)),
        tap((answer) => socket.write(answer)),
        takeUntil(fromEvent(socket, 'close')),
      );
    }),
  )
  .subscribe();

fromEvent(server, 'connection').subscribe((socket) => (socket as Socket).on('error', () => {}));

function* slices(chunk: Buffer): Generator<Buffer> {
  for (let start = 0; start < chunk.length; start += maxBytes) yield chunk.subarray(start, start + maxBytes);
}

/** ctime pads the day with a space; dayjs has no format for that. */
function stamp(): string {
  return dayjs()
    .format('ddd MMM DD HH:mm:ss YYYY')
    .replace(/ 0(?=\d )/, '  ');
}

server.listen({ host: '127.0.0.1', port: Number(port), backlog: 4096 }, () => {
  const address = server.address() as { port: number };
  process.stdout.write(`listening on 127.0.0.1:${address.port}\n`);
});
