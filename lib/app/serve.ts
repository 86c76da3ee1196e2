/** `rxjs-tcp serve`: the echo server, its log, its signals and its exit status. */
import { defer, fromEvent, merge, share, skip, takeUntil, tap } from 'rxjs';
import {
  echo,
  type Handler,
  lineEcho,
  nodeNetwork,
  type ServerEvent,
  services,
  type TcpError,
  tcpServer,
} from '../index.js';
import { certificates } from './certificates.js';
import type { Settings } from './describe.js';
import { complain, exitStatus, fail } from './exit-status.js';
import { exposure } from './exposure.js';
import type { ServeFlags } from './flags/serve.js';
import { Log } from './log.js';
import { serverConfig } from './server-config.js';

/** How long the last lines of the log may wait for a slow reader. A log that is not read would keep the process alive. */
const logGraceMs = 250;

export function serve(flags: ServeFlags, settings: Settings, isHostOfEnvironment: boolean): void {
  const log = new Log(flags.log, settings, flags.quiet);
  const isSecured = flags.tlsCert !== undefined;
  // The first signal starts a graceful shutdown, a second one aborts.
  const signals = ['SIGTERM', 'SIGINT', ...(isSecured ? [] : ['SIGHUP'])];
  const signal$ = merge(...signals.map((signal) => fromEvent(process, signal))).pipe(share());
  signal$.subscribe(); // to the end of the process: without a listener, one that comes while it exits would kill it
  // Behind an empty loop Node would restore what signals do by default before it exits.
  process.once('beforeExit', () => process.exit());
  const abort$ = signal$.pipe(skip(1), tap(setCutStatus));
  warn(flags, isHostOfEnvironment);
  const tls = isSecured ? certificates(flags, fromEvent(process, 'SIGHUP'), log) : undefined;
  const server$ = defer(() => tcpServer({ ...serverConfig(flags), tls, stop$: signal$ }, handlerOf(flags)));
  server$.pipe(takeUntil(abort$)).subscribe({
    next: (event: ServerEvent) => {
      if (event.type === 'closed' && event.reason === 'aborted') setCutStatus();
      log.add(event);
    },
    error: ({ message }: TcpError) => fail(message),
    complete: () => {
      log.end();
      setTimeout(() => process.exit(), logGraceMs).unref();
    },
  });
}

function warn(flags: ServeFlags, isHostOfEnvironment: boolean): void {
  if (flags.maxConnections !== undefined) warnOfLimit(flags.maxConnections);
  const exposed = exposure(flags, isHostOfEnvironment);
  if (exposed !== undefined) complain(`warning: ${exposed}`);
}

function warnOfLimit(maxConnections: number): void {
  const capacity = nodeNetwork().capacity();
  if (maxConnections <= capacity) return;
  const advice = `the file limit allows ${capacity}; raise it with ulimit -n`;
  complain(`warning: --max-connections ${maxConnections}: ${advice}`);
}

function handlerOf({ service, delay: delayMs, delayPer, reply }: ServeFlags): Handler {
  if (service === 'echo') return echo({ delayMs, delayPer, reply });
  if (service === 'lines') return lineEcho({ delayMs, delayPer, reply });
  return services[service];
}

function setCutStatus(): void {
  process.exitCode = exitStatus.cut;
}
