/** What happens to a server, as its subscriber sees it. */
import type { CloseReason, Connection } from '../connection/connection.js';
import type { Address } from '../values/address.js';
import type { TcpError } from '../values/errors.js';

/** @typeParam Local what it listens on: for a server on a port, an address that has one */
export type ServerEvent<Local extends Address = Address> =
  /** The port is bound; where 0 was asked for, this has the real one. */
  | { readonly type: 'listening'; readonly address: Local }
  /** A connection is accepted; its handler is called next. */
  | { readonly type: 'opened'; readonly connection: Connection }
  /** A connection is gone, with all that it held. */
  | {
      readonly type: 'closed';
      readonly connection: Connection;
      readonly reason: CloseReason;
      /** What broke the connection or its handler, with `reset` and `failed`. */
      readonly error?: TcpError;
      readonly bytesRead: number;
      readonly bytesDiscarded: number;
      readonly bytesWritten: number;
      readonly bytesUnsent: number;
      readonly durationMs: number;
    }
  /**
   * A peer was not let in: `limit`, there were `maxConnections` already; `memory`, what connections hold together is too
   * much already; `lost`, it was gone before it could be accepted.
   */
  | {
      readonly type: 'dropped';
      readonly remote: Address | undefined;
      readonly reason: 'limit' | 'memory' | 'lost';
    }
  /** The server goes on, but is short of something: ERR_TOO_MANY_FILES, at most once a second while it lasts. */
  | { readonly type: 'warning'; readonly error: TcpError }
  /** `stop$` has emitted; this many connections are still there. */
  | { readonly type: 'draining'; readonly active: number };
