/** `rxjs-tcp connect`: the client. */
import { defer, of, tap } from 'rxjs';
import { type Address, type Closing, formatAddress, tcpConnect } from '../index.js';
import { complain, fail } from './exit-status.js';
import type { ConnectFlags } from './flags/connect.js';
import { print } from './print.js';
import { readClientTls } from './tls-files.js';
import { typedLines } from './typed-lines.js';

const newline = Buffer.from('\n');

export function connect(target: Address, words: readonly string[], flags: ConnectFlags): void {
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
  const client$ = defer(() => {
    const tls = flags.tls ? readClientTls(flags) : undefined;
    return tcpConnect({ ...target, tls, closed })(outgoing);
  });
  const replies$ = client$.pipe(
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
    error: (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') return; // the reader of standard output has exited
      endLine();
      fail(`${error.message}${tlsAdvice(error)}`);
    },
  });
}

/** What to do about a certificate that is not trusted. Its cause has OpenSSL's code, or Node's for the name. */
function tlsAdvice({ code, cause }: NodeJS.ErrnoException): string {
  const { code: reason = '' } = (cause ?? {}) as NodeJS.ErrnoException;
  if (code !== 'ERR_TLS_FAILED') return '';
  if (reason === 'ERR_TLS_CERT_ALTNAME_INVALID') return '; name one of them by --servername';
  if (/SELF_SIGNED|UNABLE_TO_/.test(reason)) return '; trust its authority by --ca, or any certificate by --insecure';
  return '';
}

function summary(target: Address, { durationMs, bytesRead, bytesWritten }: Closing): string {
  const seconds = (durationMs / 1_000).toFixed(1);
  return `${formatAddress(target)} ended the connection after ${seconds} s, ${bytesWritten} bytes sent, ${bytesRead} received`;
}
