/** `rxjs-tcp serve`: the echo server and the other services. */
import { fromEvent } from 'rxjs';
import { echo, type Handler, lineEcho, nodeNetwork, services, tcpServer } from '../index.js';
import { type MetricsRegistry, observeReplies } from '../metrics.js';
import { certificates } from './certificates.js';
import type { Settings } from './describe.js';
import { exposure } from './exposure.js';
import { faultyNetwork, seedOf } from './faulty-network.js';
import type { ServeFlags } from './flags/serve.js';
import { LiveView } from './live/live-view.js';
import { openLog } from './log.js';
import { randomDelay } from './random-delay.js';
import { runServer } from './run-server.js';
import { serverConfig } from './server-config.js';
import { warn, warnOfLimit } from './warnings.js';

export function serve(flags: ServeFlags, settings: Settings, isHostOfEnvironment: boolean): void {
  const seed = seedOf(flags, typeof flags.delay === 'object');
  const view = flags.live ? new LiveView() : undefined;
  const log = openLog(flags, settings, seed, view);
  const { transport, control } = faultyNetwork(flags, seed, log);
  const isSecured = flags.tlsCert !== undefined;
  warnOfLimit(flags, nodeNetwork().capacity());
  warn(exposure(flags, isHostOfEnvironment));
  const tls = isSecured ? certificates(flags, fromEvent(process, 'SIGHUP'), log) : undefined;
  const { exitAfter, metrics } = flags;
  runServer({ log, control, view, exitAfter, isHangUpTaken: isSecured, metrics }, (stop$, registry) =>
    tcpServer({ ...serverConfig(flags), transport, tls, stop$ }, handlerOf(flags, seed, registry)),
  );
}

function handlerOf(flags: ServeFlags, seed = 0, registry?: MetricsRegistry): Handler {
  const { service, delay, delayPer, reply } = flags;
  if (service !== 'echo' && service !== 'lines') return services[service];
  const delayMs = typeof delay === 'number' ? delay : randomDelay(delay.minMs, delay.maxMs, seed);
  const config = { delayMs, delayPer, reply, replied: registry && observeReplies(registry) };
  return service === 'echo' ? echo(config) : lineEcho(config);
}
