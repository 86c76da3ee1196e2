/** What joins two hosts of a network in memory, or a host to itself: segments take their time on it. */
import { type Address, formatAddress } from '../../values/address.js';
import type { Content } from './socket.js';

/** What a segment is for, in TCP's words; of bytes, how many they are. */
export type SegmentKind = Content | 'SYN' | 'SYN-ACK' | 'ACK';

export interface Ends {
  readonly from: Address;
  readonly to: Address;
}

export interface LinkOptions {
  readonly carry: (arrive: () => void) => void;
  readonly trace: ((text: string) => void) | undefined;
}

export class Link {
  readonly #carry: (arrive: () => void) => void;
  readonly #trace: ((text: string) => void) | undefined;

  constructor({ carry, trace }: LinkOptions) {
    this.#carry = carry;
    this.#trace = trace;
  }

  send(ends: Ends, arrive: () => void, kind: SegmentKind): void {
    if (this.#trace === undefined) {
      this.#carry(arrive);
      return;
    }
    const from = formatAddress(ends.from);
    const to = formatAddress(ends.to);
    const text = typeof kind === 'number' ? `${kind} bytes` : kind;
    this.#trace(`${from} > ${to} ${text}`);
    this.#carry(() => {
      this.#trace?.(`${to} < ${from} ${text}`);
      arrive();
    });
  }
}
