/** `rxjs-tcp serve`: the echo server and the other services. */
import { fromEvent } from 'rxjs';
import { echo, type Handler, lineEcho, nodeNetwork, services, tcpServer } from '../index.js';
import { certificates } from './certificates.js';
import type { Settings } from './describe.js';
import { complain } from './exit-status.js';
import { exposure } from './exposure.js';
import type { ServeFlags } from './flags/serve.js';
import { Log } from './log.js';
import { runServer } from './run-server.js';
import { serverConfig } from './server-config.js';

export function serve(flags: ServeFlags, settings: Settings, isHostOfEnvironment: boolean): void {
  const log = new Log(flags.log, settings, flags.quiet);
  const isSecured = flags.tlsCert !== undefined;
  warn(flags, isHostOfEnvironment);
  const tls = isSecured ? certificates(flags, fromEvent(process, 'SIGHUP'), log) : undefined;
  runServer({ log, exitAfter: flags.exitAfter, isHangUpTaken: isSecured }, (stop$) =>
    tcpServer({ ...serverConfig(flags), tls, stop$ }, handlerOf(flags)),
  );
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
