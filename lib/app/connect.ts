/** `rxjs-tcp connect`: the client. */
import { writeSync } from 'node:fs';
import { Observable, of, Subject, tap } from 'rxjs';
import { type Bytes, type TcpAddress, tcpConnect } from '../index.js';
import { fail } from './exit-status.js';

export function connect(target: TcpAddress, words: readonly string[]): void {
  const writable$ = new Subject<boolean>();
  const outgoing$: Observable<Bytes> = words.length > 0 ? of(words.join(' ')) : standardInput(writable$);
  outgoing$.pipe(tcpConnect({ ...target, writable: writable$ }), tap(print)).subscribe({
    error: ({ code, message }: NodeJS.ErrnoException) => {
      if (code !== 'EPIPE') fail(message); // EPIPE: the reader of standard output has exited
    },
  });
}

/** Reads no faster than the peer does: pauses while more than 64 KiB wait to be sent. */
function standardInput(writable$: Observable<boolean>): Observable<Buffer> {
  return new Observable((subscriber) => {
    const { stdin } = process;
    subscriber.add(writable$.subscribe((writable) => (writable ? stdin.resume() : stdin.pause())));
    stdin.on('data', (chunk) => subscriber.next(chunk as Buffer));
    stdin.on('end', () => subscriber.complete());
    stdin.on('error', (error) => subscriber.error(error));
    return () => stdin.destroy();
  });
}

const standardOutput = 1;
/** How long to wait when another process has set the terminal to non-blocking, and it is full. */
const retryMs = 10;

/** Blocks until all is written, so a slow reader of the output slows the peer down instead of filling the memory. */
function print(chunk: Buffer): void {
  for (let rest = chunk; rest.length > 0; ) {
    try {
      rest = rest.subarray(writeSync(standardOutput, rest));
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code !== 'EAGAIN') throw Object.assign(new Error(`Could not write to standard output: ${message}`), { code });
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, retryMs);
    }
  }
}
