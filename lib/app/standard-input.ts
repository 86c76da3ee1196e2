/** Lines of standard input, for a process that goes on without them. */
import { fstatSync } from 'node:fs';
import { isatty } from 'node:tty';
import { map, Observable } from 'rxjs';
import { lines } from '../index.js';
import { isInForeground } from './foreground.js';

const standardInput = 0;

/** A file may be the script that a shell has still to read. */
export function canSendLines(): boolean {
  const stats = fstatSync(standardInput);
  return isatty(standardInput) || stats.isFIFO() || stats.isSocket();
}

/** Completes at the end of the input. Reading keeps no process alive; a background job does not read its terminal. */
export function inputLines(): Observable<string> {
  const { stdin } = process;
  const chunks$ = new Observable<Buffer>((subscriber) => {
    stdin.pause(); // first: with a listener for data it would begin to read
    stdin.on('data', (chunk: Buffer) => subscriber.next(chunk));
    stdin.on('end', () => subscriber.complete());
    stdin.on('error', () => subscriber.complete()); // the terminal is gone
    stdin.unref(); // a server that has ended would wait for its log's grace
    if (stdin.isTTY) subscriber.add(readInForeground());
    else stdin.resume();
    subscriber.add(() => stdin.pause());
  });
  return chunks$.pipe(lines(), map(String));
}

/** A shell brings a job that runs to the foreground without a signal. */
const foregroundCheckMs = 500;

/** A background job that reads its terminal is stopped (SIGTTIN). */
function readInForeground(): () => void {
  const check = (): void => {
    if (isInForeground()) process.stdin.resume();
    else process.stdin.pause(); // Node stops reading at once, of standard input only
  };
  check();
  process.on('SIGCONT', check); // sent by `bg`
  const timer = setInterval(check, foregroundCheckMs).unref();
  return () => {
    process.off('SIGCONT', check);
    clearInterval(timer);
  };
}
