/** A server as a beginner writes it: the suite must fail on it. */
import net from 'node:net';
import ms from 'ms';
import { delay, fromEvent, mergeMap, tap } from 'rxjs';

const delayMs = Number(ms(process.argv[process.argv.indexOf('--delay') + 1]));
const server = net.createServer();
// biome-ignore lint/suspicious/noConsole: a beginner would
const log = (event, fields) => console.log(JSON.stringify({ event, ...fields }));
let lastId = 0;

fromEvent(server, 'connection')
  .pipe(
    mergeMap((socket) => {
      const id = ++lastId;
      log('opened', { id });
      socket.on('close', () => log('closed', { id, reason: 'ended' }));
      return fromEvent(socket, 'data').pipe(
        delay(delayMs),
        tap((data) => socket.write(data)),
      );
    }),
  )
  .subscribe();

server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`listening on 127.0.0.1:${server.address().port}\n`);
});
