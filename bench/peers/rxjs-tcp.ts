/** This project, through its public API. */
import { concatMap, Observable, tap } from 'rxjs';
import { echo, type Handler, tcpConnect, tcpServer } from 'rxjs-tcp';
import { Frames } from './frames.js';
import { head, stampTail } from './stamp.js';

const [port, delayMs, maxChunkBytes] = process.argv.slice(2, 5).map(Number) as [number, number, number];
const [job = '', upstreamPort] = process.argv.slice(5);

/** In one operator, which costs a tenth less than `concatMap` to arrays of frames. */
const framed: Handler = (chunks$) =>
  new Observable((replies) => {
    const frames = new Frames();
    const next = (chunk: Buffer) => {
      for (const frame of frames.push(chunk)) replies.next(frame);
    };
    return chunks$.subscribe({ next, error: (error) => replies.error(error), complete: () => replies.complete() });
  });

/** Kept, so that the work has a result. */
let hash = 0;
/** As much work as in go-server.go. */
function compute(): void {
  let next = hash;
  for (let step = 0; step < 100_000; step += 1) next = Math.imul(next ^ step, 16_777_619);
  hash = next;
}

const jobs: Readonly<Record<string, () => Handler>> = {
  echo: () => echo({ delayMs }),
  framed: () => framed,
  whole: () => (chunks$) => chunks$.pipe(concatMap((chunk) => [head, chunk, stampTail()])),
  proxy: () => tcpConnect(Number(upstreamPort)),
  compute: () => (chunks$) => chunks$.pipe(tap(compute)),
};

const reusePort = process.env.REUSE_PORT === 'yes';
tcpServer({ port, maxChunkBytes, reusePort }, jobs[job]?.() as Handler).subscribe({
  next: (event) => {
    if (event.type === 'listening') process.stdout.write(`listening on 127.0.0.1:${event.address.port}\n`);
  },
  error: ({ message }: Error) => {
    process.stderr.write(`${message}\n`);
    process.exitCode = 1;
  },
});
