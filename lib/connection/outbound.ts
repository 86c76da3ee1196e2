/** What the handler replies, on its way to the peer. */
import { Buffer } from 'node:buffer'; // the global one is behind a getter
import { BehaviorSubject, type Observable, type Observer } from 'rxjs';
import type { TransportSocket } from '../transport/transport.js';
import { type Bytes, byteLength } from '../values/bytes.js';
import type { Clock } from '../values/clock.js';
import type { FlowWindow } from './connection.js';
import type { Sent } from './limits/delivery.js';
import type { Limits } from './limits/limits.js';
import type { OutboundState } from './states.js';

/** What may wait to be sent before a source that can wait is told to. */
export const fullBytes = 65_536;

export interface OutboundOptions {
  readonly writeTimeoutMs: number;
  readonly maxUnsentBytes: number;
  readonly clock: Clock;
  /** What waits is held in there as well: the window of the connection that it came from. */
  readonly source?: FlowWindow | undefined;
  /** Is told each change of `writable$`. */
  readonly writable?: Pick<Observer<boolean>, 'next'> | undefined;
}

export interface OutboundOwner {
  readonly limits: Limits;
  /** What was told that it may send more, or no more, threw. */
  error(cause: unknown): void;
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
  /** More waits than a source that can wait should add to. */
  isFull = false;
  #writable: BehaviorSubject<boolean> | undefined;
  /** What the source's window holds of it. */
  #heldBytes = 0;
  /** Until when the socket keeps replies. */
  #corkedFor: 'delivery' | 'turn' | undefined;
  /** Whether the limits will look at what this peer owes. */
  #isWatched = false;
  /** Whether they will soon look at what is queued. */
  #isQueueWatched = false;

  constructor(peer: OutboundOwner, socket: TransportSocket, options: OutboundOptions) {
    this.#peer = peer;
    this.#socket = socket;
    this.#options = options;
  }

  get bytesWritten(): number {
    return this.#repliedBytes - this.#queuedBytes;
  }
  get bytesUnsent(): number {
    return this.#queuedBytes + this.#lateBytes;
  }

  /** Of replies: a PROXY protocol header that comes before them may wait as well. */
  get #queuedBytes(): number {
    return Math.min(this.#socket.queuedBytes, this.#repliedBytes);
  }

  get writable$(): Observable<boolean> {
    this.#writable ??= new BehaviorSubject(!this.isFull);
    if (this.state === 'closed') this.#writable.complete();
    return this.#writable.asObservable();
  }

  /** Replies of one delivery leave behind it, in one system call; others at the end of the turn of the loop. */
  send(reply: Bytes, isInDelivery: boolean): void {
    const bytes = typeof reply === 'string' ? Buffer.from(reply) : reply;
    const isFirst = this.#corkedFor === undefined;
    this.#repliedBytes += bytes.length;
    if (isFirst) {
      this.#corkedFor = isInDelivery ? 'delivery' : 'turn';
      this.#socket.cork();
    }
    this.#socket.write(bytes);
    if (isFirst && !isInDelivery) this.#socket.uncorkLater();
  }

  /** A delivery is over. */
  flush(): void {
    if (this.#corkedFor !== 'delivery') return;
    this.#socket.uncork();
    this.uncorked();
  }
  uncorked(): void {
    this.#corkedFor = undefined;
    this.regulate();
  }

  /** Whether too much waits already for another reply. */
  get isOverflowing(): boolean {
    return this.state === 'open' && this.#socket.queuedBytes > this.#options.maxUnsentBytes;
  }

  /** More waits, before the connection stands, than a source that can wait should add to. */
  fill(): void {
    this.#setFull(true);
  }

  /** Counts a reply that comes behind the end. */
  drop(reply: unknown): void {
    this.#lateBytes += byteLength(reply);
  }

  /** Looks at what the kernel did not take. */
  regulate(): void {
    const newBytes = this.#repliedBytes - this.#seenBytes;
    if (newBytes === 0 || this.state === 'closed') return;
    this.#seenBytes = this.#repliedBytes;
    const { queuedBytes } = this.#socket;
    // What is queued is mostly taken in the next turn: it counts as written now, and a message need not touch the limits.
    if (this.silentSince === undefined) this.#awaitSign(newBytes);
    if (queuedBytes > 0 && !this.#isQueueWatched) this.#watchQueue();
    this.#hold(queuedBytes);
    if (queuedBytes > fullBytes) this.#setFull(true);
    else if (queuedBytes === 0) this.#setFull(false); // what waited for the connection has left at once
  }

  drained(): void {
    // Behind our end halfCloseTimeoutMs counts.
    if (this.silentSince === undefined && this.state === 'open') this.#awaitSign(0);
    this.#hold(0);
    this.#setFull(false);
  }

  /** The peer has sent something. */
  heard(): void {
    this.silentSince = undefined;
  }

  queueSeen(isQueued: boolean): void {
    this.#isQueueWatched = isQueued;
    if (isQueued) this.silentSince = undefined; // the silence begins once the kernel has taken all
  }

  arrived(): void {
    this.silentSince = undefined;
    this.#isWatched = false;
  }

  end(): void {
    this.state = 'ended';
    this.#socket.end();
  }

  close(): void {
    this.state = 'closed';
    this.#hold(0);
    this.#writable?.complete();
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

  #watchQueue(): void {
    if (this.#options.writeTimeoutMs === Number.POSITIVE_INFINITY) return;
    this.#isQueueWatched = true;
    this.#peer.limits.watchQueue();
  }

  #hold(bytes: number): void {
    const { source } = this.#options;
    const before = this.#heldBytes;
    if (source === undefined || bytes === before) return;
    this.#heldBytes = bytes; // first: room in the window may bring the next chunk, and this is called again
    if (bytes > 0) source.hold(bytes);
    if (before > 0) source.release(before);
  }

  #setFull(isFull: boolean): void {
    if (isFull === this.isFull) return;
    this.isFull = isFull;
    this.#writable?.next(!isFull);
    try {
      this.#options.writable?.next(!isFull);
    } catch (error) {
      this.#peer.error(error);
    }
  }
}
