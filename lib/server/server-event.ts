/** The events of a server. */
import type { Closing, Connection } from '../connection/connection.js';
import type { Address } from '../values/address.js';
import type { TcpError } from '../values/errors.js';

/**
 * What a server emits; `type` says what else an event has.
 * @typeParam Local what it listens on: of a server on a port, an address with a port
 */
export type ServerEvent<Local extends Address = Address> =
  /** The port is bound. For port 0, `address` has the port that the kernel chose. */
  | { readonly type: 'listening'; readonly address: Local }
  /** A connection was accepted; its handler is called next. */
  | { readonly type: 'opened'; readonly connection: Connection }
  /** A connection closed, and all that it held is released. */
  | ({ readonly type: 'closed'; readonly connection: Connection } & Closing)
  /**
   * A peer was refused. `limit`: `maxConnections` are open. `memory`: the connections of the process hold too much.
   * `lost`: it closed before it was accepted.
   */
  | { readonly type: 'dropped'; readonly remote: Address | undefined; readonly reason: 'limit' | 'memory' | 'lost' }
  /** The server goes on, but lacks a resource: ERR_TOO_MANY_FILES, at most once a second while it lasts. */
  | { readonly type: 'warning'; readonly error: TcpError }
  /** `stop$` emitted: the graceful shutdown begins, with this many connections open. */
  | { readonly type: 'draining'; readonly active: number };
