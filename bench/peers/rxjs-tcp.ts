/** This project, through its public API. */
import { echo, tcpServer } from 'rxjs-tcp';

const [port, delayMs, reply, maxChunk] = process.argv.slice(2) as [string, string, string, string];

tcpServer({ port: Number(port), maxChunkBytes: Number(maxChunk) }, echo({ delayMs: Number(delayMs), reply })).subscribe(
  (event) => {
    if (event.type === 'listening') process.stdout.write(`listening on 127.0.0.1:${event.address.port}\n`);
  },
);
