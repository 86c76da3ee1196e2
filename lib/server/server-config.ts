/** What can be set of a server, and what is checked of it at the call. */
import { isObservable, type Observable } from 'rxjs';
import { type SocketConfig, socketDefaults, socketRules } from '../connection/socket-config.js';
import { networkList } from '../transport/node/address-list.js';
import { checkServerTls, type TlsServerConfig } from '../transport/tls.js';
import type { Address } from '../values/address.js';
import { defaults } from '../values/defaults.js';
import {
  flag,
  func,
  integer,
  limit,
  maxTimerMs,
  object,
  observable,
  oneGiven,
  type Rule,
  readOptions,
  required,
  text,
} from '../values/options.js';

/** What can be set of every server. Durations are in milliseconds, sizes in bytes, and Infinity means no limit. */
export interface ServerConfig extends SocketConfig {
  /** How many connections the accept queue holds, from 1; the kernel clips it to its own limit. @default 4096 */
  readonly backlog?: number | undefined;
  /**
   * Its first value starts a graceful shutdown: connections already in the accept queue are accepted, new ones refused,
   * outstanding replies sent; then the server completes.
   */
  readonly stop$?: Observable<unknown> | undefined;
  /** How long a graceful shutdown may take, from 0, before it resets what is left. @default 10000 */
  readonly drainTimeoutMs?: number | undefined;
  /** How many connections may be open, from 1; more are accepted and reset. Default: what the file limit allows. */
  readonly maxConnections?: number | undefined;
  /**
   * How many connections from one IPv4 address, or from one IPv6 network of 64 bits, may be open, from 1; more are reset.
   * @default Infinity
   */
  readonly maxConnectionsPerAddress?: number | undefined;
  /**
   * Is asked whether to serve a peer, by its address or the one that its proxy tells, before its TLS handshake. Only true serves it:
   * false resets the connection, and so does an error or anything else, such as a promise, with an error in the `dropped` event. See
   * `addressList`. Default: all peers are served.
   */
  readonly accept?: ((remote: Address) => boolean) | undefined;
  /**
   * Secures all connections by TLS. Of an Observable, each value is for the connections that come from then on; the server
   * listens once there is a first one.
   */
  readonly tls?: TlsServerConfig | Observable<TlsServerConfig> | undefined;
  /** Resets a peer that has not completed its TLS handshake after this long. @default 10000 */
  readonly handshakeTimeoutMs?: number | undefined;
  /** Expects a PROXY protocol header, version 1 or 2, at the start of each connection. Default: none. */
  readonly proxyProtocol?: ProxyProtocolConfig | undefined;
  /** Closes a connection if its peer has not ended its side this long after the end of the replies. @default 30000 */
  readonly halfCloseTimeoutMs?: number | undefined;
  /** Resets a connection of this age. @default Infinity */
  readonly maxLifetimeMs?: number | undefined;
  /** What a connection may hold between reading a chunk and sending its answer before reading pauses. @default 65536 */
  readonly highWaterMarkBytes?: number | undefined;
  /**
   * What this server's connections may take together, in bytes: each takes 8 192 and what it holds. Above it, new connections are
   * dropped, and one that holds more than a fair share is not read. Default: the budget that all servers of the process share.
   */
  readonly memoryBudgetBytes?: number | undefined;
  /** The longest chunk: a longer read is delivered in pieces. @default Infinity */
  readonly maxChunkBytes?: number | undefined;
}

/** The options of `tcpServer` on a port. */
export interface TcpServerConfig extends ServerConfig {
  /** The port to listen on, 0 to 65535; 0: any free one, which the `listening` event tells. */
  readonly port: number;
  /** The name or address to listen on. '0.0.0.0' and '::' are all of this machine. @default '127.0.0.1' */
  readonly host?: string | undefined;
  /** On '::', takes no IPv4 connections. @default false */
  readonly ipv6Only?: boolean | undefined;
  /**
   * Shares the port with other processes that set this; the kernel spreads the connections (SO_REUSEPORT). It needs Node 22.12 or
   * later, and not 23.0. @default false
   */
  readonly reusePort?: boolean | undefined;
}

/** The options of `tcpServer` on a Unix domain socket. */
export interface UnixServerConfig extends ServerConfig {
  /** Its file, at most 107 bytes, or '\\0name' for an abstract socket of Linux. A file that a dead server left is replaced. */
  readonly path: string;
  /** The permissions of the file, such as 0o660. Default: by the umask of the process. */
  readonly pathMode?: number | undefined;
  /** The owner of the file. Default: the one of the process. */
  readonly pathOwner?: { readonly uid: number; readonly gid: number } | undefined;
}

/** The options of `tcpServer` on a listening socket that the process inherited: see `listenFds`. */
export interface InheritedServerConfig extends ServerConfig {
  /** The descriptor of the socket. */
  readonly fd: number;
}

/** The option `proxyProtocol` of a server. */
export interface ProxyProtocolConfig {
  /** The proxies that are trusted: addresses, networks such as '10.0.0.0/8', or 'unix'. Peers from elsewhere are refused. */
  readonly from: readonly string[];
  /** Resets a connection without a complete header after this long; a TLS handshake behind it has its own time. @default 5000 */
  readonly timeoutMs?: number | undefined;
}

const proxyRules = { from: required(networkList), timeoutMs: limit(1) };

/** What may be left out or be undefined. */
type Optional<Config> = { readonly [Key in keyof Config]?: Config[Key] | undefined };

/** On a port, a path or a descriptor. */
export type AnyServerConfig = Optional<TcpServerConfig & UnixServerConfig & InheritedServerConfig>;

const rules: { readonly [Key in keyof Required<AnyServerConfig>]: Rule } = {
  ...socketRules,
  host: text,
  path: text,
  port: integer(0, 65_535),
  fd: integer(0, maxTimerMs),
  ipv6Only: flag,
  reusePort: flag,
  pathMode: integer(0, 0o777),
  pathOwner: object,
  backlog: integer(1, maxTimerMs),
  stop$: observable,
  drainTimeoutMs: limit(0),
  maxConnections: limit(1),
  maxConnectionsPerAddress: limit(1),
  accept: func,
  tls: object,
  handshakeTimeoutMs: limit(1),
  proxyProtocol: object,
  halfCloseTimeoutMs: limit(1),
  maxLifetimeMs: limit(1),
  highWaterMarkBytes: limit(1),
  memoryBudgetBytes: limit(1),
  maxChunkBytes: limit(1),
};

export type ServerOptions = ReturnType<typeof serverOptions>;

export function serverOptions(config: number | AnyServerConfig) {
  const given: AnyServerConfig = typeof config === 'object' ? config : { port: config };
  const options = readOptions(given, rules, { ...defaults.server, ...socketDefaults });
  oneGiven(options, rules.port, 'port', 'path', 'fd');
  const { proxyProtocol, tls } = options;
  if (tls !== undefined && !isObservable(tls)) checkServerTls(tls);
  return { ...options, proxyProtocol: proxyProtocol && readOptions(proxyProtocol, proxyRules, defaults.proxyProtocol) };
}
