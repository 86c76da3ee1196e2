/** The obvious RxJS server: `fromEvent`, `mergeMap`, and a time stamp by dayjs for each chunk. */
import { createServer, type Socket } from 'node:net';
import dayjs from 'dayjs';
import { from, fromEvent, map, mergeMap, takeUntil, tap, timer } from 'rxjs';

const [port, delayMs, maxBytes] = process.argv.slice(2).map(Number) as [number, number, number];

const server = createServer({ noDelay: true });

fromEvent(server, 'connection')
  .pipe(
    mergeMap((connection) => {
      const socket = connection as Socket;
      return timer(delayMs).pipe(
        mergeMap(() => fromEvent(socket, 'data') as ReturnType<typeof fromEvent<Buffer>>),
        mergeMap((chunk) => (chunk.length > maxBytes ? from(slices(chunk)) : [chunk])),
        map((data) => `Echo=>${data} at ${stamp()}`),
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

server.listen({ host: '127.0.0.1', port, backlog: 4096 }, () => {
  const address = server.address() as { port: number };
  process.stdout.write(`listening on 127.0.0.1:${address.port}\n`);
});
