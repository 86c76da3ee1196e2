/** What the handler replies, on its way to the peer. */
import { Buffer } from 'node:buffer'; // the global one is behind a getter
import type { Observer } from 'rxjs';
import type { TransportSocket } from '../transport/transport.js';
import { type Bytes, byteLength, isBytes } from '../values/bytes.js';
import type { Clock } from '../values/clock.js';
import type { Sent } from './limits/delivery.js';
import type { Limits } from './limits/limits.js';
import type { OutboundState } from './states.js';

export type WritableObserver = Pick<Observer<boolean>, 'next'>;

/** What may wait to be sent before a source that can wait is told to. */
const fullBytes = 65_536;

export interface OutboundOptions {
  readonly writeTimeoutMs: number;
  readonly clock: Clock;
  /** Is told when more waits than a source should add to, and when all of it is sent. */
  readonly writable?: WritableObserver | undefined;
}

export interface OutboundOwner {
  readonly limits: Limits;
  /** More waits for the kernel. */
  regulate(): void;
}

export class Outbound implements Sent {
  state: OutboundState = 'open';
  silentSince: number | undefined;
  silentFromBytes = 0;
  readonly #peer: OutboundOwner;
  readonly #socket: TransportSocket;
  readonly #options: OutboundOptions;
  #repliedBytes = 0;
  /** What had been replied when the queue was last looked at. */
  #seenBytes = 0;
  /** Replied when it was too late to send. */
  #lateBytes = 0;
  #isFull = false;
  /** Whether the limits will look at what this peer owes. */
  #isWatched = false;

  constructor(peer: OutboundOwner, socket: TransportSocket, options: OutboundOptions) {
    this.#peer = peer;
    this.#socket = socket;
    this.#options = options;
  }

  get bytesWritten(): number {
    return this.#repliedBytes - this.#socket.queuedBytes;
  }
  get bytesUnsent(): number {
    return this.#socket.queuedBytes + this.#lateBytes;
  }

  send(reply: Bytes): void {
    const bytes = typeof reply === 'string' ? Buffer.from(reply) : reply;
    this.#repliedBytes += bytes.length;
    this.#socket.write(bytes);
  }

  /** Counts a reply that comes behind the end. */
  drop(reply: unknown): void {
    if (isBytes(reply)) this.#lateBytes += byteLength(reply);
  }

  /** Looks at what the kernel did not take: after a reply, or after all replies of one delivery. */
  regulate(): void {
    const newBytes = this.#repliedBytes - this.#seenBytes;
    if (newBytes === 0 || this.state === 'closed') return;
    this.#seenBytes = this.#repliedBytes;
    const { queuedBytes } = this.#socket;
    if (queuedBytes === 0) {
      if (this.silentSince === undefined) this.#awaitSign(newBytes);
      return;
    }
    if (queuedBytes <= newBytes) this.#peer.limits.writeWaits();
    this.#peer.limits.update();
    if (queuedBytes > fullBytes) this.#setFull(true);
    this.#peer.regulate();
  }

  drained(): void {
    if (this.state === 'open') this.#awaitSign(0); // behind our end halfCloseTimeoutMs counts
    this.#setFull(false);
  }

  /** The peer has sent something. */
  heard(): void {
    this.silentSince = undefined;
  }

  arrived(): void {
    this.silentSince = undefined;
    this.#isWatched = false;
  }

  end(): void {
    this.state = 'ended';
    this.#socket.end();
  }

  /** From now on the peer owes a sign that it receives the last `newBytes`. */
  #awaitSign(newBytes: number): void {
    const { writeTimeoutMs, clock } = this.#options;
    if (writeTimeoutMs === Number.POSITIVE_INFINITY) return;
    this.silentSince = Math.ceil(clock.now()); // a whole number needs no memory of its own
    this.silentFromBytes = this.#repliedBytes - newBytes;
    if (this.#isWatched) return; // the next look finds out, and a message need not touch the limits
    this.#isWatched = true;
    this.#peer.limits.awaitSign(this.silentSince);
  }

  /** Tells a source that can wait, once for each change. */
  #setFull(isFull: boolean): void {
    if (isFull === this.#isFull) return;
    this.#isFull = isFull;
    this.#options.writable?.next(!isFull);
  }
}
