/** A server as a process: it has a log, obeys signals and ends with an exit status. */
import { defer, EMPTY, fromEvent, merge, type Observable, Subject, share, skip, take, takeUntil, tap } from 'rxjs';
import type { ServerEvent, TcpError } from '../index.js';
import { exitStatus, fail } from './exit-status.js';
import type { Log } from './log.js';

/** How long the last lines of the log may wait for a slow reader. A log that is not read would keep the process alive. */
const logGraceMs = 250;

export interface Run {
  readonly log: Log;
  /** Called once it listens. */
  readonly control: () => void;
  /** After how many connections it ends by itself. */
  readonly exitAfter: number | undefined;
  /** Where SIGHUP does something else than to shut down. */
  readonly isHangUpTaken: boolean;
}

/** @param makeServer makes the server, which its argument stops. What it throws ends the process as a server's error does */
export function runServer(
  { log, control, exitAfter, isHangUpTaken }: Run,
  makeServer: (stop$: Observable<unknown>) => Observable<ServerEvent>,
): void {
  const signals = ['SIGTERM', 'SIGINT', ...(isHangUpTaken ? [] : ['SIGHUP'])];
  const signal$ = merge(...signals.map((signal) => fromEvent(process, signal))).pipe(share());
  signal$.subscribe(); // to the end of the process: without a listener, one that comes while it exits would kill it
  // Behind an empty loop Node would restore what signals do by default before it exits.
  process.once('beforeExit', () => process.exit());
  const closed$ = new Subject<ServerEvent>();
  const enough$ = exitAfter === undefined ? EMPTY : closed$.pipe(skip(exitAfter - 1), take(1), takeUntil(signal$));
  // The first one starts a graceful shutdown, a second one aborts.
  const stop$ = merge(signal$, enough$).pipe(share());
  const abort$ = stop$.pipe(skip(1), tap(setCutStatus));
  const server$ = defer(() => makeServer(stop$));
  server$.pipe(takeUntil(abort$)).subscribe({
    next: (event: ServerEvent) => {
      log.add(event);
      if (event.type === 'listening') control();
      if (event.type !== 'closed') return;
      if (event.reason === 'aborted') setCutStatus();
      closed$.next(event);
    },
    error: ({ message }: TcpError) => fail(message),
    complete: () => {
      log.end();
      setTimeout(() => process.exit(), logGraceMs).unref();
    },
  });
}

function setCutStatus(): void {
  process.exitCode = exitStatus.cut;
}
