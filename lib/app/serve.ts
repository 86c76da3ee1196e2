/** `rxjs-tcp serve`: the echo server, its log, its signals and its exit status. */
import { fromEvent, merge, share, skip, takeUntil, tap } from 'rxjs';
import { echo, nodeNetwork, type TcpError, tcpServer } from '../index.js';
import { complain, exitStatus } from './exit-status.js';
import type { ServeFlags } from './flags.js';
import { standardLog } from './log.js';

/** The first one drains, a second one aborts. */
const signals = ['SIGTERM', 'SIGINT', 'SIGHUP'];

/** Addresses that stand for all of the machine's. */
const everybody = ['0.0.0.0', '::'];

export function serve(flags: ServeFlags): void {
  const log = standardLog(flags.log);
  const signal$ = merge(...signals.map((signal) => fromEvent(process, signal))).pipe(share());
  const abort$ = signal$.pipe(
    skip(1),
    tap(() => {
      process.exitCode = exitStatus.cut;
    }),
  );
  const { host, port, backlog, maxConnections } = flags;
  if (maxConnections !== undefined && maxConnections > nodeNetwork().capacity()) {
    complain(
      `warning: --max-connections ${maxConnections} is more than the file limit leaves; raise it with ulimit -n`,
    );
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
      drainTimeoutMs: flags.grace,
      stop$: signal$,
    },
    echo({ delayMs: flags.delay, delayPer: flags.delayPer, reply: flags.reply }),
  );
  server$.pipe(takeUntil(abort$)).subscribe({
    next: (event) => {
      if (event.type === 'listening' && everybody.includes(event.address.host)) {
        complain(`warning: --host ${host} lets in everybody who can reach this machine`);
      }
      if (event.type === 'closed' && event.reason === 'aborted') process.exitCode = exitStatus.cut;
      if (!flags.quiet || event.type === 'listening') log(event);
    },
    error: (error: TcpError) => {
      complain(error.message);
      process.exitCode = exitStatus.failed;
    },
    complete: exitSoon,
  });
}

/** How long the end of the log may wait for who reads it. */
const logGraceMs = 250;

/** Nothing is left to be done; but what nobody reads of the log would keep the process. */
function exitSoon(): void {
  setTimeout(() => process.exit(), logGraceMs).unref();
}
