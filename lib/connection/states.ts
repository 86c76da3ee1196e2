/** The states of a connection's two directions, and what the connection does in each pair of them. */

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
 * | ended | open | idles | |
 * | ended | ended | idles | |
 * | closed | closed | | discards |
 *
 * A chunk that comes is delivered, held or discarded; held ones are delivered in each state but `closed`. `idleTimeoutMs` runs
 * while the connection idles, `halfCloseTimeoutMs` while it lingers, both only while nothing is due to the peer.
 */
export function discards({ inbound, outbound }: Sides): boolean {
  if (inbound.state !== 'open') return true;
  // To close over unread bytes would reset the replies on their way, so bytes without a reader are read all the same.
  return outbound !== undefined && outbound.state !== 'open' && !inbound.isRead;
}

export function idles({ inbound }: Sides): boolean {
  return inbound.isRead;
}

export function lingers({ inbound, outbound }: Sides): boolean {
  return outbound?.state === 'ended' && inbound.state !== 'ended' && !inbound.isRead;
}
