/** A server as a process: it has a log, obeys signals and ends with an exit status. */
import {
  defer,
  EMPTY,
  fromEvent,
  identity,
  merge,
  type Observable,
  Subject,
  share,
  shareReplay,
  skip,
  take,
  takeUntil,
  tap,
} from 'rxjs';
import type { ServerEvent, TcpAddress, TcpError } from '../index.js';
import type { MetricsRegistry } from '../metrics.js';
import { exitStatus, fail } from './exit-status.js';
import type { LiveView } from './live/live-view.js';
import type { Log } from './log.js';
import { monitored } from './monitoring.js';

/** How long the last lines of the log may wait for a slow reader. A log that is not read would keep the process alive. */
const logGraceMs = 250;

export interface Run {
  readonly log: Log;
  /** Called once it listens. */
  readonly control: () => void;
  /** Shows the server on the terminal. */
  readonly view: LiveView | undefined;
  /** After how many connections it ends by itself. */
  readonly exitAfter: number | undefined;
  /** Where SIGHUP does something else than to shut down. */
  readonly isHangUpTaken: boolean;
  /** Where it serves its metrics and its health. */
  readonly metrics: TcpAddress | undefined;
}

/** @param makeServer makes the server, which its argument stops. What it throws ends the process as a server's error does */
export function runServer(
  { log, control, view, exitAfter, isHangUpTaken, metrics }: Run,
  makeServer: (stop$: Observable<unknown>, registry?: MetricsRegistry) => Observable<ServerEvent>,
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
  const first$ = stop$.pipe(take(1), shareReplay(1));
  first$.subscribe(); // it may come before the server is made
  const server$ =
    metrics === undefined
      ? defer(() => makeServer(first$))
      : monitored(metrics, log, (registry) => makeServer(first$, registry));
  server$.pipe(takeUntil(abort$), view?.watch() ?? identity).subscribe({
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
