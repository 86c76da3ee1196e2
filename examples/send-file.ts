import { createReadStream } from 'node:fs';
import { EMPTY, reduce, timer } from 'rxjs';
import { tcpConnect, tcpServer } from 'rxjs-tcp';

// A handler may return an iterable, such as a Readable, which is read as fast as the peer takes it. So a large file needs no more
// memory than a small one.
const files$ = tcpServer({ port: 0, stop$: timer(500) }, () => createReadStream(new URL(import.meta.url)));

files$.subscribe((event) => {
  if (event.type !== 'listening') return;
  const bytes$ = EMPTY.pipe(
    tcpConnect(event.address),
    reduce((bytes, chunk) => bytes + chunk.length, 0),
  );
  bytes$.subscribe((bytes) => console.log(`${bytes} bytes`));
});
