/** Prints what a client receives. */
import { writeSync } from 'node:fs';

const standardOutput = 1;
/** How long to wait when another process has set the terminal to non-blocking, and it is full. */
const retryMs = 10;

/** Blocks until all is written, so a slow reader of the output slows the peer down instead of filling the memory. */
export function print(bytes: Buffer): void {
  for (let rest = bytes; rest.length > 0; ) {
    try {
      rest = rest.subarray(writeSync(standardOutput, rest));
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code !== 'EAGAIN') throw Object.assign(new Error(`Could not write to standard output: ${message}`), { code });
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, retryMs);
    }
  }
}
