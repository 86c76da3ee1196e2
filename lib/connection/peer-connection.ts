/** One peer: its bytes in, the handler's replies out, and one reason for its end. */
import { Observable, type Observer, type SchedulerLike, type Subscriber, type Subscription } from 'rxjs';
import type { Socket, SocketEvents } from '../transport/transport.js';
import type { Address } from '../values/address.js';
import { type Bytes, isBytes } from '../values/bytes.js';
import { TcpError } from '../values/errors.js';
import type { Clock } from '../values/monotonic-clock.js';
import type { CloseReason, Connection } from './connection.js';
import type { Handler } from './handler.js';
import { type LimitState, LimitTimer } from './limit-timer.js';

export interface ConnectionOptions {
  readonly highWaterMarkBytes: number;
  readonly maxChunkBytes: number;
  readonly idleTimeoutMs: number;
  readonly writeStallTimeoutMs: number;
  readonly lingerMs: number;
  readonly maxLifetimeMs: number;
  /** Is told `false` when more waits to be sent than one should add to, and `true` when all of it is sent. */
  readonly writable?: WritableObserver | undefined;
  readonly scheduler: SchedulerLike;
  readonly clock: Clock;
}

export type WritableObserver = Pick<Observer<boolean>, 'next'>;

/** How a connection ended. */
export interface Closing {
  readonly reason: CloseReason;
  /** What broke the connection or the handler; absent where a reason says it all. */
  readonly error?: TcpError;
  readonly durationMs: number;
}

/** One of the two ways of a connection. */
type Way =
  | 'open'
  /** Incoming: no chunk is taken any more, for the peer has ended or the server stops. Outgoing: FIN is behind the last reply. */
  | 'ended';

/** What an item costs to hold beside its bytes: a Buffer and its place in a queue (measured: 200 to 300 bytes). */
const itemCostBytes = 256;

/** What may wait to be sent before a source that can be asked to wait is asked to. */
const fullBytes = 65_536;

/**
 * How often to see whether the system takes any of a stuck write. It tells only when it has taken a whole one, so
 * progress has to be looked for, and a limit that is exact to a second needs a look at least twice in it.
 */
const stallLookMs = 500;

export class PeerConnection implements Connection, SocketEvents, Observer<Bytes> {
  readonly id: number;
  readonly #socket: Socket;
  readonly #options: ConnectionOptions;
  readonly #onClosed: (connection: PeerConnection, closing: Closing) => void;
  readonly #openedAt: number;
  #incoming: Way = 'open';
  #outgoing: Way = 'open';
  /** Set once nothing moves any more; the transport may still be letting go. */
  #closing: { readonly reason: CloseReason; readonly error?: TcpError } | undefined;

  /** Chunks that nobody has taken yet. */
  #held: Buffer[] = [];
  #heldBytes = 0;
  /** What operators have entered in the window. */
  #enteredCost = 0;
  #reader: Subscriber<Buffer> | undefined;
  #delivering = false;
  #paused = false;

  #full = false;
  #handling: Subscription | undefined;
  #limits: LimitTimer | undefined;
  #activeAt: number;
  #progressAt = 0;
  #takenBytes = 0;
  #repliedBytes = 0;
  bytesRead = 0;

  constructor(
    id: number,
    socket: Socket,
    options: ConnectionOptions,
    onClosed: (connection: PeerConnection, closing: Closing) => void,
  ) {
    this.id = id;
    this.#socket = socket;
    this.#options = options;
    this.#onClosed = onClosed;
    this.#openedAt = options.clock.now();
    this.#activeAt = this.#openedAt;
  }

  get local(): Address {
    return this.#socket.local;
  }

  get remote(): Address {
    return this.#socket.remote;
  }

  get bytesWritten(): number {
    return this.#closing ? this.#takenBytes : this.#repliedBytes - this.#socket.queuedBytes;
  }

  /** Lets the handler talk to the peer. Its failure is the end of this connection and of nothing else. */
  handle(handler: Handler): void {
    if (this.#isOver()) return;
    if (this.#options.maxLifetimeMs !== Number.POSITIVE_INFINITY) this.#updateLimits();
    const chunks$ = new Observable<Buffer>((reader) => this.#read(reader));
    let handling: Subscription;
    try {
      handling = handler(chunks$, this).subscribe(this);
    } catch (error) {
      this.error(error);
      return;
    }
    // A handler that completes or fails while it is being subscribed to is over before its subscription is known.
    if (this.#isOver()) handling.unsubscribe();
    else this.#handling = handling;
  }

  /** Takes no more chunks; answers those that are held, then ends. */
  drain(): void {
    if (this.#closing || this.#incoming === 'ended') return;
    this.#incoming = 'ended';
    this.#touch();
    this.#deliver();
    this.#updateLimits();
  }

  abort(): void {
    this.#close('aborted');
  }

  #isOver(): boolean {
    return this.#closing !== undefined || this.#outgoing === 'ended';
  }

  // ---- replies, as the observer of the handler ----

  next(reply: Bytes): void {
    if (this.#isOver()) return; // emitted from within its own unsubscription
    if (!isBytes(reply)) {
      this.error(new TypeError(`Expected a reply to be a string or a Uint8Array, got \`${String(reply)}\``));
      return;
    }
    const bytes = typeof reply === 'string' ? Buffer.from(reply) : reply;
    this.#repliedBytes += bytes.length;
    this.#socket.write(bytes);
    this.#touch();
    const queued = this.#socket.queuedBytes;
    if (queued === 0) return;
    if (queued <= bytes.length) this.#progressAt = this.#options.clock.now(); // nothing had been waiting before
    if (queued > fullBytes) this.#setFull(true);
    this.#updateLimits();
    this.#regulate();
  }

  error(cause: unknown): void {
    const message = cause instanceof Error ? cause.message : String(cause);
    this.#close('failed', new TcpError('ERR_HANDLER_FAILED', `The handler failed: ${message}`, { cause }));
  }

  complete(): void {
    if (this.#isOver()) return;
    this.#outgoing = 'ended';
    this.#handling?.unsubscribe();
    this.#socket.end();
    this.#settleEnd();
  }

  // ---- the window ----

  enter(bytes: number): void {
    this.#enteredCost += bytes + itemCostBytes;
  }

  leave(bytes: number): void {
    this.#enteredCost -= bytes + itemCostBytes;
    this.#touch();
    this.#deliver();
  }

  // ---- what happens to the socket ----

  chunk(chunk: Buffer): void {
    this.bytesRead += chunk.length;
    if (this.#isDiscarding()) return;
    this.#touch();
    this.#held.push(chunk);
    this.#heldBytes += chunk.length;
    this.#deliver();
  }

  peerEnded(): void {
    this.drain();
  }

  drained(): void {
    this.#touch();
    this.#setFull(false);
    this.#deliver();
  }

  failed(error: TcpError): void {
    this.#close('reset', error);
  }

  closed(): void {
    this.#close('ended');
    const closing = this.#closing ?? { reason: 'ended' };
    this.#onClosed(this, { ...closing, durationMs: this.#options.clock.now() - this.#openedAt });
  }

  // ---- chunks ----

  /** One reader at a time, for two would each get some of the bytes. What comes while there is none waits for the next. */
  #read(reader: Subscriber<Buffer>): (() => void) | undefined {
    if (this.#reader !== undefined) {
      const message = 'chunks$ has a subscriber already: share() it, or subscribe once the first has gone';
      reader.error(new TcpError('ERR_CHUNKS_TAKEN', message));
      return undefined;
    }
    this.#reader = reader;
    this.#touch();
    if (this.#options.idleTimeoutMs !== Number.POSITIVE_INFINITY) this.#updateLimits();
    this.#deliver();
    return () => {
      this.#reader = undefined;
      this.#settleEnd();
    };
  }

  /** Hands chunks on while their answers find room. A reader that comes, goes or releases meanwhile re-enters here. */
  #deliver(): void {
    if (this.#delivering) return;
    this.#delivering = true;
    while (this.#heldBytes > 0 && this.#reader?.closed === false && this.#outstandingCost() < this.#highWaterMark()) {
      this.#reader.next(this.#takePiece());
    }
    this.#delivering = false;
    if ((this.#closing || this.#incoming === 'ended') && this.#heldBytes === 0) this.#reader?.complete();
    this.#regulate();
  }

  /** As one read of the system would: all there is, up to `maxChunkBytes`. */
  #takePiece(): Buffer {
    const all = this.#held.length === 1 ? (this.#held[0] as Buffer) : Buffer.concat(this.#held, this.#heldBytes);
    const piece = all.length <= this.#options.maxChunkBytes ? all : all.subarray(0, this.#options.maxChunkBytes);
    this.#held = piece === all ? [] : [all.subarray(piece.length)];
    this.#heldBytes -= piece.length;
    return piece;
  }

  /** Whether what comes is of no use to anybody. It is read all the same, to see the peer's end behind it. */
  #isDiscarding(): boolean {
    return this.#incoming === 'ended' || (this.#isOver() && this.#reader === undefined);
  }

  /** Our end has come, or its last reader has gone. Closing over unread bytes would reset replies that are on their way. */
  #settleEnd(): void {
    if (!this.#isOver()) return;
    if (this.#reader === undefined) this.#discardHeld();
    this.#touch();
    this.#regulate();
    this.#updateLimits();
  }

  #discardHeld(): void {
    this.#held = [];
    this.#heldBytes = 0;
  }

  #highWaterMark(): number {
    return this.#options.highWaterMarkBytes;
  }

  /** What is between a chunk's delivery and the system's taking of its answer. */
  #outstandingCost(): number {
    return this.#enteredCost + this.#socket.queuedBytes;
  }

  /** Stops reading over the high-water mark and goes on under half of it, so that it does not flutter in between. */
  #regulate(): void {
    if (this.#closing) return;
    const cost = this.#outstandingCost() + this.#heldBytes + this.#held.length * itemCostBytes;
    const discarding = this.#isDiscarding();
    if (!this.#paused && !discarding && cost > this.#highWaterMark()) {
      this.#paused = true;
      this.#socket.pause();
    } else if (this.#paused && (discarding || cost < this.#highWaterMark() / 2)) {
      this.#paused = false;
      this.#socket.resume();
    }
  }

  #setFull(full: boolean): void {
    if (full === this.#full) return;
    this.#full = full;
    this.#options.writable?.next(!full);
  }

  // ---- limits ----

  #touch(): void {
    if (this.#options.idleTimeoutMs === Number.POSITIVE_INFINITY && !this.#isLingering()) return; // nobody will ask
    this.#activeAt = this.#options.clock.now();
  }

  #updateLimits(): void {
    if (this.#closing) return;
    const { scheduler, clock } = this.#options;
    this.#limits ??= new LimitTimer(
      scheduler,
      clock,
      (now) => this.#look(now),
      (reason) => this.#close(reason),
    );
    this.#limits.update();
  }

  #look(now: number): LimitState {
    const { idleTimeoutMs, lingerMs, maxLifetimeMs, writeStallTimeoutMs } = this.#options;
    const diesAt = this.#openedAt + maxLifetimeMs;
    if (now >= diesAt) return 'lifetime';
    const queued = this.#socket.queuedBytes;
    if (queued > 0) {
      const taken = this.#repliedBytes - queued;
      if (taken !== this.#takenBytes) {
        this.#takenBytes = taken;
        this.#progressAt = now;
      }
      const stallsAt = this.#progressAt + writeStallTimeoutMs;
      return now >= stallsAt ? 'stalled' : Math.min(diesAt, stallsAt, now + stallLookMs);
    }
    const [reason, limitMs] = this.#isLingering()
      ? (['lingered', lingerMs] as const)
      : (['idle', idleTimeoutMs] as const);
    const endsAt = (this.#isWaiting() ? this.#activeAt : now) + limitMs;
    return now >= endsAt ? reason : Math.min(diesAt, endsAt);
  }

  /** Whether the connection is half-closed, with nobody left who waits for the open half. */
  #isLingering(): boolean {
    return this.#incoming === 'ended' || (this.#outgoing === 'ended' && this.#reader === undefined);
  }

  /** Whether it is the peer's turn. While something of its own is held here, it is not the peer that is slow. */
  #isWaiting(): boolean {
    if (this.#heldBytes > 0 || this.#enteredCost > 0) return false;
    return this.#reader !== undefined || this.#isLingering();
  }

  // ---- the end ----

  #close(reason: CloseReason, error?: TcpError): void {
    if (this.#closing) return;
    // Whoever is cut off in the middle is told so by a reset: an orderly end would pass for the end of the data.
    const owesNothing = reason === 'idle' || (this.#outgoing === 'ended' && this.#socket.queuedBytes === 0);
    this.#takenBytes = this.bytesWritten;
    this.#closing = error === undefined ? { reason } : { reason, error };
    this.#limits?.cancel();
    this.#discardHeld();
    this.#handling?.unsubscribe();
    this.#reader?.unsubscribe();
    if (owesNothing) this.#socket.destroy();
    else this.#socket.reset();
  }
}
