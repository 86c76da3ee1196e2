/** `rxjs-tcp proxy`: passes connections on to another server. */
import { map } from 'rxjs';
import {
  type Address,
  formatAddress,
  nodeNetwork,
  type ServerEvent,
  TcpError,
  tcpConnect,
  tcpServer,
} from '../index.js';
import type { Settings } from './describe.js';
import { everywhere } from './exposure.js';
import { faultyNetwork, seedOf } from './faulty-network.js';
import type { ProxyFlags } from './flags/proxy.js';
import { LiveView } from './live/live-view.js';
import { openLog } from './log.js';
import { runServer } from './run-server.js';
import { commonConfig } from './server-config.js';
import { warn, warnOfLimit } from './warnings.js';

export function proxy(listen: Address, upstream: Address, flags: ProxyFlags, settings: Settings): void {
  const seed = seedOf(flags);
  const view = flags.live ? new LiveView() : undefined;
  const log = openLog(flags, settings, seed, view);
  const { transport, control } = faultyNetwork(flags, seed, log);
  const capacity = Math.floor(nodeNetwork().capacity() / 2); // each client takes a connection to the upstream, too
  warnOfLimit(flags, capacity);
  warn(everywhere(listen, `LISTEN ${formatAddress(listen)}`));
  const { maxConnections = capacity, connectTimeout: connectTimeoutMs, writeTimeout: writeTimeoutMs } = flags;
  const { exitAfter, metrics } = flags;
  runServer({ log, control, view, exitAfter, isHangUpTaken: false, metrics }, (stop$) => {
    const handler = tcpConnect({ ...upstream, connectTimeoutMs, writeTimeoutMs });
    return tcpServer({ ...listen, ...commonConfig(flags), maxConnections, transport, stop$ }, handler).pipe(
      map(toldOfUpstream),
    );
  });
}

/** What a handler fails with is here the error of the upstream. */
function toldOfUpstream(event: ServerEvent): ServerEvent {
  const cause = event.type === 'closed' ? event.error?.cause : undefined;
  return event.type === 'closed' && event.reason === 'failed' && cause instanceof TcpError
    ? { ...event, error: cause }
    : event;
}
