/** This project, through its public API. */
import { echo, tcpServer } from 'rxjs-tcp';

const [port, delayMs, maxChunkBytes] = process.argv.slice(2).map(Number) as [number, number, number];

tcpServer({ port, maxChunkBytes }, echo({ delayMs })).subscribe((event) => {
  if (event.type === 'listening') process.stdout.write(`listening on 127.0.0.1:${event.address.port}\n`);
});
