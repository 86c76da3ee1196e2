/** What can be set of a client, and what is checked of it at the call. */
import type { Observer } from 'rxjs';
import type { Closing, Connection } from '../connection/connection.js';
import { type SocketConfig, socketDefaults, socketRules } from '../connection/socket-config.js';
import { checkClientTls, type TlsClientConfig } from '../transport/tls.js';
import { defaults } from '../values/defaults.js';
import { flag, having, integer, limit, object, oneGiven, type Rule, readOptions, text } from '../values/options.js';

/** What can be set of every client. Durations are in milliseconds, sizes in bytes, and Infinity means no limit. */
export interface ConnectConfig extends SocketConfig {
  /** Secures the connection by TLS; `{}` trusts the authorities that Node trusts. Default: none. */
  readonly tls?: TlsClientConfig | undefined;
  /**
   * Begins with a PROXY protocol header of this version, which tells the server the addresses of the connection that this one passes
   * on; without one, version 2 says LOCAL and version 1 UNKNOWN. Default: none.
   */
  readonly proxyProtocol?: 1 | 2 | undefined;
  /**
   * Is told `false` when more than 64 KiB wait to be sent, and `true` when all of it is sent: a source that can wait, such
   * as a file, should wait in between. What a source emits all the same waits in memory, up to `maxUnsentBytes`.
   */
  readonly writable?: Pick<Observer<boolean>, 'next'> | undefined;
  /** How long to try to connect. @default 10000 */
  readonly connectTimeoutMs?: number | undefined;
  /**
   * Goes on sending after the peer's FIN: the result completes when both sides have ended. Otherwise the peer's FIN ends both, and
   * what the source emits later is not sent. As a handler it is on unless it is set. @default false
   */
  readonly allowHalfOpen?: boolean | undefined;
  /**
   * Is told the connection once it stands: its addresses, and its counters as they change. The source is subscribed to before, and
   * what it has emitted is sent after.
   */
  readonly connected?: Pick<Observer<Connection>, 'next'> | undefined;
  /** Is told how the connection ended, with what was not sent, before the result completes or errors. */
  readonly closed?: Pick<Observer<Closing>, 'next'> | undefined;
}

/** The options of `tcpConnect` to a port. */
export interface TcpConnectConfig extends ConnectConfig {
  /** The port to connect to, 1 to 65535. */
  readonly port: number;
  /** The name or address to connect to. @default '127.0.0.1' */
  readonly host?: string | undefined;
}

/** The options of `tcpConnect` to a Unix domain socket. */
export interface UnixConnectConfig extends ConnectConfig {
  /** The path of its file, or '\\0name' for an abstract one of Linux. */
  readonly path: string;
}

/** To a port or a path. */
export type AnyConnectConfig = Partial<TcpConnectConfig & UnixConnectConfig>;

const rules: { readonly [Key in keyof Required<AnyConnectConfig>]: Rule } = {
  ...socketRules,
  host: text,
  path: text,
  port: integer(1, 65_535),
  tls: object,
  proxyProtocol: integer(1, 2),
  writable: having('an Observer', 'next'),
  connectTimeoutMs: limit(1),
  allowHalfOpen: flag,
  connected: having('an Observer', 'next'),
  closed: having('an Observer', 'next'),
};

export type ClientOptions = ReturnType<typeof connectOptions>;

export function connectOptions(config: number | AnyConnectConfig) {
  const given: AnyConnectConfig = typeof config === 'object' ? config : { port: config };
  const options = readOptions(given, rules, { ...defaults.connect, ...socketDefaults });
  oneGiven(options, rules.port, 'port', 'path');
  if (options.tls) checkClientTls(options.tls);
  return options;
}
