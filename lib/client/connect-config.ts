/** What can be set of a client, and what is checked of it at the call. */
import type { WritableObserver } from '../connection/outbound.js';
import { type SocketConfig, socketDefaults, socketRules } from '../connection/socket-config.js';
import { defaults } from '../values/defaults.js';
import { having, integer, type Rule, readOptions, required } from '../values/options.js';

/** Durations are in milliseconds, and Infinity means no limit. */
export interface TcpConnectConfig extends SocketConfig {
  /** The port to connect to, 1 to 65535. */
  readonly port: number;
  /**
   * Is told `false` when more than 64 KiB wait to be sent, and `true` when all of it is sent: a source that can wait, such
   * as a file, should wait in between. What a source emits all the same is kept in memory.
   */
  readonly writable?: WritableObserver | undefined;
}

const rules: { readonly [Key in keyof Required<TcpConnectConfig>]: Rule } = {
  ...socketRules,
  port: required(integer(1, 65_535)),
  writable: having('an Observer', 'next'),
};

export function connectOptions(config: number | TcpConnectConfig) {
  const given = typeof config === 'object' ? config : { port: config };
  return readOptions(given, rules, { ...defaults.connect, ...socketDefaults });
}
