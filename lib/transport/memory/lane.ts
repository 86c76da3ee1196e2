/** One direction of a connection between named hosts. */
import type { Address } from '../../values/address.js';
import type { Ends, Link, SegmentKind } from './link.js';
import type { Wire } from './socket.js';

export class Lane implements Wire, Ends {
  readonly from: Address;
  readonly to: Address;
  /** Calls on the host that sends, in a later turn. */
  readonly later: (work: () => void) => void;
  /** Undefined until the other host is found. */
  link: Link | undefined;

  constructor(from: Address, to: Address, later: (work: () => void) => void) {
    this.from = from;
    this.to = to;
    this.later = later;
  }

  send(arrive: () => void, kind: SegmentKind): void {
    this.link?.send(this, arrive, kind);
  }
}
