/** The options of the server, as its flags say. */
import {
  type Address,
  addressList,
  type InheritedServerConfig,
  listenFds,
  type ServerConfig,
  TcpError,
  type TcpServerConfig,
  type UnixServerConfig,
} from '../index.js';
import type { AdmissionFlags } from './flags/admission.js';
import type { LimitFlags } from './flags/limits.js';
import type { ListeningFlags } from './flags/listening.js';
import type { RunningFlags } from './flags/running.js';
import type { ServeFlags } from './flags/serve.js';

/** @throws TcpError where systemd has handed over no socket */
export function serverConfig(flags: ServeFlags): TcpServerConfig | UnixServerConfig | InheritedServerConfig {
  return {
    ...placeOf(flags),
    ...commonConfig(flags),
    backlog: flags.backlog,
    maxChunkBytes: flags.maxChunk,
    highWaterMarkBytes: flags.highWaterMark,
  };
}

/** What every server of the command can be told. */
export function commonConfig(flags: AdmissionFlags & LimitFlags & RunningFlags): ServerConfig {
  const { proxyProtocol } = flags;
  return {
    maxConnections: flags.maxConnections,
    maxConnectionsPerAddress: flags.maxConnectionsPerAddress,
    accept: acceptOf(flags),
    proxyProtocol: proxyProtocol && { from: proxyProtocol },
    idleTimeoutMs: flags.idleTimeout,
    writeTimeoutMs: flags.writeTimeout,
    halfCloseTimeoutMs: flags.halfCloseTimeout,
    maxLifetimeMs: flags.maxLifetime,
    drainTimeoutMs: flags.grace,
  };
}

function placeOf({ unix, fd, host, port, reusePort }: ListeningFlags) {
  if (unix !== undefined) return { path: unix };
  if (fd !== undefined) return { fd: fd === 'systemd' ? firstOfSystemd() : fd };
  return { host, port, reusePort };
}

function firstOfSystemd(): number {
  const [first] = listenFds();
  if (first !== undefined) return first.fd;
  const advice = 'start it by a socket unit or by systemd-socket-activate, without npm or npx in between';
  throw new TcpError('ERR_ADDRESS_NOT_AVAILABLE', `systemd has handed no socket to this process; ${advice}`);
}

/** What is denied stays so where it is allowed, too. Without a list no connection is looked at. */
function acceptOf({ allow, deny }: AdmissionFlags): ((remote: Address) => boolean) | undefined {
  if (allow === undefined && deny === undefined) return undefined;
  const isAllowed = allow ? addressList(allow) : () => true;
  const isDenied = addressList(deny ?? []);
  return (remote) => isAllowed(remote) && !isDenied(remote);
}
