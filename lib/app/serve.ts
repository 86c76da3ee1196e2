/** `rxjs-tcp serve`: the echo server and the other services. */
import { fromEvent } from 'rxjs';
import { echo, faulty, type Handler, lineEcho, nodeNetwork, services, tcpServer } from '../index.js';
import { certificates } from './certificates.js';
import type { Settings } from './describe.js';
import { complain } from './exit-status.js';
import { exposure } from './exposure.js';
import { faultsOf } from './faults.js';
import type { ServeFlags } from './flags/serve.js';
import { Log } from './log.js';
import { randomDelay } from './random-delay.js';
import { runServer } from './run-server.js';
import { serverConfig } from './server-config.js';

export function serve(flags: ServeFlags, settings: Settings, isHostOfEnvironment: boolean): void {
  const faults = faultsOf(flags);
  const isRandom = faults.length > 0 || typeof flags.delay === 'object';
  const seed = flags.seed ?? Math.floor(Math.random() * 2 ** 31);
  const log = new Log(flags.log, isRandom ? { ...settings, seed: String(seed) } : settings, flags.quiet);
  const transport = faults.length > 0 ? faulty(nodeNetwork(), faults, { seed }) : undefined;
  const isSecured = flags.tlsCert !== undefined;
  warn(flags, isHostOfEnvironment);
  const tls = isSecured ? certificates(flags, fromEvent(process, 'SIGHUP'), log) : undefined;
  runServer({ log, exitAfter: flags.exitAfter, isHangUpTaken: isSecured }, (stop$) =>
    tcpServer({ ...serverConfig(flags), transport, tls, stop$ }, handlerOf(flags, seed)),
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

function handlerOf({ service, delay, delayPer, reply }: ServeFlags, seed: number): Handler {
  const delayMs = typeof delay === 'number' ? delay : randomDelay(delay.minMs, delay.maxMs, seed);
  if (service === 'echo') return echo({ delayMs, delayPer, reply });
  if (service === 'lines') return lineEcho({ delayMs, delayPer, reply });
  return services[service];
}
