/** What is between a socket in memory and its peer. */

/** What a socket sends: bytes, by their number, an end, or keep-alive and what answers it. */
export type Content = number | 'FIN' | 'RST' | 'probe' | 'ACK';

export interface Wire {
  /** Whether the peer learns at once how much is read here. */
  readonly isUp: boolean;
  /** Whether this end knows of no connection any more, and repeats nothing that was lost. */
  readonly isGone: boolean;
  /** Calls `arrive` at the other end, behind what was sent before. */
  send(arrive: () => void, content: Content): void;
  /** As `send`, of a reset that answers what came. */
  answer(arrive: () => void): void;
  /** Calls at this end, in a later turn. */
  later(work: () => void): void;
  /** The socket is closed. One that is not gone has ended its side in order. */
  closed(isGone: boolean): void;
}
