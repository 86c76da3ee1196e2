/** What can be set of a client, and what is checked of it at the call. */
import type { Observer } from 'rxjs';
import type { Closing, Connection } from '../connection/connection.js';
import { type SocketConfig, socketDefaults, socketRules } from '../connection/socket-config.js';
import { defaults } from '../values/defaults.js';
import { flag, having, integer, limit, type Rule, readOptions, required } from '../values/options.js';

/** The options of `tcpConnect`. Durations are in milliseconds, sizes in bytes, and Infinity means no limit. */
export interface TcpConnectConfig extends SocketConfig {
  /** The port to connect to, 1 to 65535. */
  readonly port: number;
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
  /** Is told the connection once it stands, before anything is sent: its addresses, and its counters as they change. */
  readonly connected?: Pick<Observer<Connection>, 'next'> | undefined;
  /** Is told how the connection ended, with what was not sent, before the result completes or errors. */
  readonly closed?: Pick<Observer<Closing>, 'next'> | undefined;
}

const rules: { readonly [Key in keyof Required<TcpConnectConfig>]: Rule } = {
  ...socketRules,
  port: required(integer(1, 65_535)),
  writable: having('an Observer', 'next'),
  connectTimeoutMs: limit(1),
  allowHalfOpen: flag,
  connected: having('an Observer', 'next'),
  closed: having('an Observer', 'next'),
};

export type ClientOptions = ReturnType<typeof connectOptions>;

export function connectOptions(config: number | TcpConnectConfig) {
  const given = typeof config === 'object' ? config : { port: config };
  return readOptions(given, rules, { ...defaults.connect, ...socketDefaults });
}
