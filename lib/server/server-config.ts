/** What can be set of a server, and what is checked of it at the call. */
import type { Observable } from 'rxjs';
import { type SocketConfig, socketDefaults, socketRules } from '../connection/socket-config.js';
import { defaults } from '../values/defaults.js';
import { integer, limit, maxTimerMs, observable, type Rule, readOptions, required } from '../values/options.js';

/** The options of `tcpServer`. Durations are in milliseconds, sizes in bytes, and Infinity means no limit. */
export interface TcpServerConfig extends SocketConfig {
  /** The port to listen on, 0 to 65535; 0: any free one, which the `listening` event tells. */
  readonly port: number;
  /** How many connections the accept queue holds, from 1; the kernel clips it to its own limit. @default 4096 */
  readonly backlog?: number | undefined;
  /**
   * Its first value starts a graceful shutdown: connections already in the accept queue are accepted, new ones refused,
   * outstanding replies sent; then the server completes.
   */
  readonly stop$?: Observable<unknown> | undefined;
  /** How long a graceful shutdown may take, from 0, before it resets what is left. @default 10000 */
  readonly drainTimeoutMs?: number | undefined;
  /** How many connections may be open, from 1; more are accepted and closed. Default: what the file limit allows. */
  readonly maxConnections?: number | undefined;
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

const rules: { readonly [Key in keyof Required<TcpServerConfig>]: Rule } = {
  ...socketRules,
  port: required(integer(0, 65_535)),
  backlog: integer(1, maxTimerMs),
  stop$: observable,
  drainTimeoutMs: limit(0),
  maxConnections: limit(1),
  halfCloseTimeoutMs: limit(1),
  maxLifetimeMs: limit(1),
  highWaterMarkBytes: limit(1),
  memoryBudgetBytes: limit(1),
  maxChunkBytes: limit(1),
};

export type ServerOptions = ReturnType<typeof serverOptions>;

export function serverOptions(config: number | TcpServerConfig) {
  const given = typeof config === 'object' ? config : { port: config };
  return readOptions(given, rules, { ...defaults.server, ...socketDefaults });
}
