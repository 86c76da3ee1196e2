/** `rxjs-tcp connect`: the client. */
import { writeSync } from 'node:fs';
import { Observable, of, Subject } from 'rxjs';
import { type Bytes, type TcpError, tcpConnect } from '../index.js';
import { complain, exitStatus } from './exit-status.js';
import type { Target } from './flags.js';

export function connect(target: Target, words: readonly string[]): void {
  const writable$ = new Subject<boolean>();
  const outgoing$: Observable<Bytes> = words.length > 0 ? of(words.join(' ')) : standardInput(writable$);
  const connection = outgoing$.pipe(tcpConnect({ ...target, writable: writable$ })).subscribe({
    next: (chunk) => {
      try {
        print(chunk);
      } catch (error) {
        connection.unsubscribe();
        const { code, message } = error as NodeJS.ErrnoException;
        if (code !== 'EPIPE') fail(`Could not print: ${message}`); // with EPIPE nobody wants more, as `head` does not
      }
    },
    error: ({ message }: TcpError) => fail(message),
  });
}

/** Reads no faster than the peer takes. */
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

/** How long to wait for a terminal that somebody else has set to non-blocking. */
const retryMs = 10;

/**
 * Writes all of it before it returns, so that a reader of our output that is slow makes the peer wait, and not our memory
 * grow.
 */
function print(chunk: Buffer): void {
  for (let rest = chunk; rest.length > 0; ) {
    try {
      rest = rest.subarray(writeSync(standardOutput, rest));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, retryMs);
    }
  }
}

function fail(message: string): void {
  complain(message);
  process.exitCode = exitStatus.failed;
}
