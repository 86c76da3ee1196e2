/** The states of a connection's two directions, and what the connection does in each pair of them. */
import type { TransportSocket } from '../transport/transport.js';
import type { CloseReason } from './connection.js';

export type InboundState =
  | 'open'
  /** The server stops: the handler gets the chunks that are held, and no more. */
  | 'refused'
  /** The peer's FIN has come. */
  | 'ended'
  | 'closed';

export type OutboundState =
  | 'open'
  /** Our FIN is behind the last reply. */
  | 'ended'
  | 'closed';

export interface Sides {
  readonly inbound: { readonly state: InboundState; readonly isRead: boolean };
  /** Undefined, which is `open`, until there is a reply. */
  readonly outbound: { readonly state: OutboundState } | undefined;
}

/**
 * | inbound | outbound | while chunks$ has a subscriber | while it has none |
 * | --- | --- | --- | --- |
 * | open | open | delivers, idles | holds |
 * | open | ended | delivers, idles | discards, lingers |
 * | refused | open | discards, idles | discards |
 * | refused | ended | discards, idles | discards, lingers |
 * | ended | open | idles | idles |
 * | ended | ended | idles | |
 * | closed | closed | | discards |
 *
 * A chunk that comes is delivered, held or discarded; held ones are delivered in each state but `closed`. `idleTimeoutMs` runs
 * while the connection idles, `halfCloseTimeoutMs` while it lingers, both only while nothing is due to the peer.
 */
export function discards({ inbound, outbound }: Sides): boolean {
  if (inbound.state !== 'open') return true;
  // To close over unread bytes would reset the replies on their way, so bytes without a reader are read all the same.
  return !inbound.isRead && isOver({ inbound, outbound });
}

/** No reply can be sent any more. */
export function isOver({ outbound }: Sides): boolean {
  return outbound !== undefined && outbound.state !== 'open';
}

/** If replies are unsent, a FIN would look like a complete answer; so the peer is to see a reset. */
export function endsInOrder(reason: CloseReason, { outbound }: Sides, socket: TransportSocket): boolean {
  if (reason === 'idle') return true;
  if (outbound === undefined || outbound.state === 'open' || socket.queuedBytes > 0) return false;
  // A peer that has acknowledged all and does not end its side: the kernel would keep our half for a minute (FIN_WAIT2).
  return reason !== 'half-closed' || (socket.unacknowledgedBytes() ?? 0) > 0;
}

export function idles({ inbound, outbound }: Sides): boolean {
  return inbound.isRead || (inbound.state === 'ended' && outbound?.state !== 'ended');
}

export function lingers({ inbound, outbound }: Sides): boolean {
  return outbound?.state === 'ended' && inbound.state !== 'ended' && !inbound.isRead;
}
