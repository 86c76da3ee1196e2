/** `rxjs-tcp connect`: the client. */
import { of, tap } from 'rxjs';
import { type Closing, formatAddress, type TcpAddress, tcpConnect } from '../index.js';
import { complain, fail } from './exit-status.js';
import { print } from './print.js';
import { typedLines } from './typed-lines.js';

const newline = Buffer.from('\n');

export function connect(target: TcpAddress, words: readonly string[]): void {
  const { stdin, stdout, stderr } = process;
  const isTyped = words.length === 0 && stdin.isTTY;
  // Standard input, as an iterable, is read no faster than the peer reads.
  const outgoing = words.length > 0 ? of(words.join(' ')) : isTyped ? typedLines() : stdin;
  let closing: Closing | undefined;
  let isLineOpen = false;
  /** A shell's prompt, npm and the next line that is typed would overwrite a line without an end. */
  const endLine = (): void => {
    if (stdout.isTTY && isLineOpen) print(newline);
    isLineOpen = false;
  };
  const closed = {
    next: (how: Closing) => {
      closing = how;
    },
  };
  const replies$ = tcpConnect({ ...target, closed })(outgoing).pipe(
    tap((chunk) => {
      print(chunk);
      isLineOpen = chunk.at(-1) !== newline[0];
      if (isTyped) endLine();
    }),
  );
  replies$.subscribe({
    complete: () => {
      endLine();
      if (stderr.isTTY && closing !== undefined) complain(summary(target, closing));
    },
    error: ({ code, message }: NodeJS.ErrnoException) => {
      if (code === 'EPIPE') return; // the reader of standard output has exited
      endLine();
      fail(message);
    },
  });
}

function summary(target: TcpAddress, { durationMs, bytesRead, bytesWritten }: Closing): string {
  const seconds = (durationMs / 1_000).toFixed(1);
  return `${formatAddress(target)} ended the connection after ${seconds} s, ${bytesWritten} bytes sent, ${bytesRead} received`;
}
