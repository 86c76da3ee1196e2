/** `rxjs-tcp connect`: the client. */
import { writeSync } from 'node:fs';
import { of, tap } from 'rxjs';
import { type TcpAddress, tcpConnect } from '../index.js';
import { fail } from './exit-status.js';

export function connect(target: TcpAddress, words: readonly string[]): void {
  // Standard input, as an iterable, is read no faster than the peer reads.
  const outgoing = words.length > 0 ? of(words.join(' ')) : process.stdin;
  const replies$ = tcpConnect(target)(outgoing);
  replies$.pipe(tap(print)).subscribe({
    error: ({ code, message }: NodeJS.ErrnoException) => {
      if (code !== 'EPIPE') fail(message); // EPIPE: the reader of standard output has exited
    },
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
