/** `rxjs-tcp serve`: the echo server, its log, its signals and its exit status. */
import { fromEvent, merge, share, skip, takeUntil, tap } from 'rxjs';
import { echo, type Handler, lineEcho, nodeNetwork, services, type TcpError, tcpServer } from '../index.js';
import type { Settings } from './describe.js';
import { complain, exitStatus, fail } from './exit-status.js';
import type { ServeFlags } from './flags/serve.js';
import { Log } from './log.js';

/** The first signal starts a graceful shutdown, a second one aborts. */
const signals = ['SIGTERM', 'SIGINT', 'SIGHUP'];

/** All addresses of the machine. */
const wildcards = ['0.0.0.0', '::'];

/** How long the last lines of the log may wait for a slow reader. A log that is not read would keep the process alive. */
const logGraceMs = 250;

export function serve(flags: ServeFlags, settings: Settings): void {
  const log = new Log(flags.log, settings);
  const signal$ = merge(...signals.map((signal) => fromEvent(process, signal))).pipe(share());
  signal$.subscribe(); // to the end of the process: without a listener, one that comes while it exits would kill it
  // Behind an empty loop Node would restore what signals do by default before it exits.
  process.once('beforeExit', () => process.exit());
  const abort$ = signal$.pipe(skip(1), tap(setCutStatus));
  const capacity = nodeNetwork().capacity();
  const { host, port, backlog, maxConnections = capacity } = flags;
  if (maxConnections > capacity) {
    const advice = `the file limit allows ${capacity}; raise it with ulimit -n`;
    complain(`warning: --max-connections ${maxConnections}: ${advice}`);
  }
  const server$ = tcpServer(
    {
      host,
      port,
      backlog,
      maxConnections,
      maxChunkBytes: flags.maxChunk,
      idleTimeoutMs: flags.idleTimeout,
      writeTimeoutMs: flags.writeTimeout,
      halfCloseTimeoutMs: flags.halfCloseTimeout,
      maxLifetimeMs: flags.maxLifetime,
      highWaterMarkBytes: flags.highWaterMark,
      drainTimeoutMs: flags.grace,
      stop$: signal$,
    },
    handlerOf(flags),
  );
  server$.pipe(takeUntil(abort$)).subscribe({
    next: (event) => {
      if (event.type === 'listening' && wildcards.includes(event.address.host)) {
        complain(`warning: --host ${host} accepts connections from every machine that can reach this one`);
      }
      if (event.type === 'closed' && event.reason === 'aborted') setCutStatus();
      if (!flags.quiet || event.type === 'listening') log.add(event);
    },
    error: ({ message }: TcpError) => fail(message),
    complete: () => {
      if (!flags.quiet) log.end();
      setTimeout(() => process.exit(), logGraceMs).unref();
    },
  });
}

function handlerOf({ service, delay: delayMs, delayPer, reply }: ServeFlags): Handler {
  if (service === 'echo') return echo({ delayMs, delayPer, reply });
  if (service === 'lines') return lineEcho({ delayMs, delayPer, reply });
  return services[service];
}

function setCutStatus(): void {
  process.exitCode = exitStatus.cut;
}
