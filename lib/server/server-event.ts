/** The events of a server. */
import type { Closing, Connection } from '../connection/connection.js';
import type { Address } from '../values/address.js';
import type { TcpError } from '../values/errors.js';
import type { ServerUsage } from './server-usage.js';

/**
 * Why a peer was not served.
 *
 * - `limit`: `maxConnections` are open
 * - `address-limit`: `maxConnectionsPerAddress` are open from its address
 * - `memory`: the connections of the process hold too much
 * - `refused`: `accept` said no, or it is no proxy that `proxyProtocol` trusts
 * - `handshake`: its TLS handshake or its PROXY protocol header failed, or took too long
 * - `lost`: it closed before it was accepted
 */
export type DropReason = 'limit' | 'address-limit' | 'memory' | 'refused' | 'handshake' | 'lost';

/** Why a peer was not served, and what was wrong with its handshake or threw in `accept`. */
export interface Refusal {
  readonly reason: DropReason;
  /** Where a proxy tells the address of the peer: that of the proxy. */
  readonly proxy?: Address;
  readonly error?: TcpError;
}

/**
 * What a server emits; `type` says what else an event has.
 * @typeParam Local what it listens on: of a server on a port, an address with a port
 */
export type ServerEvent<Local extends Address = Address> =
  /** The port is bound. For port 0, `address` has the port that the kernel chose. `usage` goes on telling what the server uses. */
  | { readonly type: 'listening'; readonly address: Local; readonly usage: ServerUsage }
  /** A connection was accepted; its handler is called next. */
  | { readonly type: 'opened'; readonly connection: Connection }
  /** A connection closed, and all that it held is released. */
  | ({ readonly type: 'closed'; readonly connection: Connection } & Closing)
  /** A peer was refused, and its connection closed: by a reset, but for a failed handshake of TLS. `remote` is known for most. */
  | ({ readonly type: 'dropped'; readonly remote: Address | undefined } & Refusal)
  /** The server goes on, but lacks a resource: ERR_TOO_MANY_FILES, at most once a second while it lasts. */
  | { readonly type: 'warning'; readonly error: TcpError }
  /** `stop$` emitted: the graceful shutdown begins, with this many connections open. */
  | { readonly type: 'draining'; readonly active: number };
