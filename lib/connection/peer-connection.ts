/** One peer: its bytes in, the handler's replies out, and one reason for its end. */
import { Buffer } from 'node:buffer'; // the global one is behind a getter
import type { Observer, Subscription } from 'rxjs';
import type { SocketEvents, TransportSocket } from '../transport/transport.js';
import type { Address } from '../values/address.js';
import { type Bytes, byteLength, isBytes } from '../values/bytes.js';
import { type Member, noPlace } from '../values/dense-set.js';
import { describeCause, TcpError } from '../values/errors.js';
import type { CloseReason, Connection, LimitReason } from './connection.js';
import type { Handler } from './handler.js';
import { Inbound, type InboundOwner } from './inbound.js';
import { type Limited, type LimitOptions, Limits } from './limits.js';
import type { SilenceWatch, WatchedPeer } from './silence-watch.js';
import { ConnectionWindow } from './window.js';

export interface ConnectionOptions extends LimitOptions {
  readonly highWaterMarkBytes: number;
  readonly maxChunkBytes: number;
  readonly silence: SilenceWatch;
  /** Is told `false` when more waits to be sent than one should add to, and `true` when all of it is sent. */
  readonly writable?: WritableObserver | undefined;
}

export type WritableObserver = Pick<Observer<boolean>, 'next'>;

/** How a connection ended. */
export interface Closing {
  readonly reason: CloseReason;
  /** What broke the connection or the handler; absent where a reason says it all. */
  readonly error?: TcpError;
  readonly durationMs: number;
}

type Incoming =
  | 'open'
  /** No chunk is taken any more: the server stops. */
  | 'refused'
  /** Nor does one come: the peer has ended. */
  | 'ended';

type Outgoing =
  | 'open'
  /** FIN is behind the last reply. */
  | 'ended';

/** What may wait to be sent before a source that can be asked to wait is asked to. */
const fullBytes = 65_536;

export class PeerConnection
  implements Connection, SocketEvents, InboundOwner, Limited, WatchedPeer, Member, Observer<Bytes>
{
  place = noPlace;
  readonly id: number;
  readonly openedAt: number;
  bytesRead = 0;
  silentSince: number | undefined;
  silentFromBytes = 0;
  isWatched = false;
  readonly #socket: TransportSocket;
  readonly #options: ConnectionOptions;
  readonly #onClosed: (connection: PeerConnection, closing: Closing) => void;
  readonly #inbound: Inbound;
  readonly #window: ConnectionWindow;
  #incoming: Incoming = 'open';
  #outgoing: Outgoing = 'open';
  /** Set once nothing moves any more; the transport may still be letting go. */
  #closing: { readonly reason: CloseReason; error?: TcpError } | undefined;
  /** Of the handler, after its last reply. */
  #failure: TcpError | undefined;
  #transport: 'open' | 'closed' | 'reported' = 'open';
  #handling: Subscription | undefined;

  #discardedBytes = 0;
  #repliedBytes = 0;
  /** Kept when it closes: then nothing is queued any more, and not because it was sent. */
  #writtenBytes = 0;
  /** Replied when it was too late to send. */
  #lateBytes = 0;
  #full = false;
  /** What had been replied when the replies began to be held back. */
  #corkedAtBytes: number | undefined;

  #limits: Limits | undefined;

  constructor(
    id: number,
    socket: TransportSocket,
    options: ConnectionOptions,
    onClosed: (connection: PeerConnection, closing: Closing) => void,
  ) {
    this.id = id;
    this.#socket = socket;
    this.#options = options;
    this.#onClosed = onClosed;
    this.#inbound = new Inbound(this, options.maxChunkBytes);
    this.#window = new ConnectionWindow(socket, this.#inbound, options.highWaterMarkBytes);
    this.openedAt = options.clock.now();
  }

  get local(): Address {
    return this.#socket.local;
  }

  get remote(): Address {
    return this.#socket.remote;
  }

  get bytesHeld(): number {
    return this.#inbound.bytes;
  }

  get bytesDiscarded(): number {
    return this.#discardedBytes;
  }

  get bytesUnsent(): number {
    return this.#repliedBytes - this.bytesWritten + this.#lateBytes;
  }

  get bytesWritten(): number {
    return this.#closing ? this.#writtenBytes : this.#repliedBytes - this.#socket.queuedBytes;
  }

  /** Lets the handler talk to the peer. Its failure is the end of this connection and of nothing else. */
  handle(handler: Handler): void {
    if (this.#isOver()) return;
    if (this.#options.maxLifetimeMs !== Number.POSITIVE_INFINITY) this.#startLimits().update();
    this.#guard(() => {
      const handling = handler(this.#inbound.chunks$, this).subscribe(this);
      // A handler that completes or fails while it is being subscribed to is over before its subscription is known.
      if (this.#isOver()) handling.unsubscribe();
      else this.#handling = handling;
    });
  }

  /** Takes no more chunks; answers those that are held, then ends. */
  drain(): void {
    if (this.#incoming === 'open') this.#takeNoMore('refused');
  }

  #takeNoMore(incoming: Incoming): void {
    if (this.#closing) return;
    this.#incoming = incoming;
    this.#inbound.end();
  }

  abort(): void {
    this.#close('aborted');
  }

  // ---- replies, as the observer of the handler ----

  next(reply: Bytes): void {
    if (this.#isOver()) {
      if (isBytes(reply)) this.#lateBytes += byteLength(reply); // emitted from within its own unsubscription
      return;
    }
    if (!isBytes(reply)) {
      this.error(new TypeError(`Expected a reply to be a string or a Uint8Array, got \`${describeCause(reply)}\``));
      return;
    }
    const bytes = typeof reply === 'string' ? Buffer.from(reply) : reply;
    this.#repliedBytes += bytes.length;
    this.#socket.write(bytes);
    this.#touch();
    if (this.#corkedAtBytes === undefined) this.#noteQueued(bytes.length);
  }

  /** Something may wait for the system now, all of it perhaps of the last write, of that many bytes. */
  #noteQueued(lastBytes: number): void {
    if (this.#closing) return; // a handler that fails amid the pieces of a read closes before `uncork`
    const queued = this.#socket.queuedBytes;
    if (queued === 0) {
      if (this.silentSince === undefined && lastBytes > 0) this.#awaitWord(this.#repliedBytes - lastBytes);
      return;
    }
    const limits = this.#startLimits();
    if (queued <= lastBytes) limits.writeWaits();
    limits.update();
    if (queued > fullBytes) this.#setFull(true);
    this.#regulate();
  }

  error(cause: unknown): void {
    const failure = new TcpError('ERR_HANDLER_FAILED', `The handler failed: ${describeCause(cause)}`, { cause });
    if (this.#closing) this.#closing.error ??= failure;
    else if (this.#outgoing === 'ended')
      this.#failure ??= failure; // what it has replied is to arrive all the same
    else this.#close('failed', failure);
  }

  complete(): void {
    if (this.#isOver()) return;
    this.#outgoing = 'ended';
    this.#socket.end();
    this.#guard(() => this.#handling?.unsubscribe());
    this.inboundChanged();
  }

  #isOver(): boolean {
    return this.#closing !== undefined || this.#outgoing === 'ended';
  }

  /** A user's code may throw where it is called, or where its teardown is. */
  #guard(userCode: () => void): void {
    try {
      userCode();
    } catch (error) {
      this.error(error);
    }
  }

  // ---- the window ----

  hold(bytes: number): void {
    this.#window.hold(bytes);
  }

  release(bytes: number): void {
    this.#window.release(bytes);
    this.#touch();
    this.#inbound.deliver();
  }

  cork(): void {
    this.#corkedAtBytes = this.#repliedBytes;
    this.#socket.cork();
  }

  uncork(): void {
    this.#socket.uncork();
    const lastBytes = this.#repliedBytes - (this.#corkedAtBytes ?? 0);
    this.#corkedAtBytes = undefined;
    this.#noteQueued(lastBytes);
  }

  hasRoom(): boolean {
    return this.#window.hasRoom();
  }

  #regulate(): void {
    if (this.#closing || this.#transport !== 'open') return;
    this.#window.regulate(this.#isDiscarding());
  }

  #setFull(full: boolean): void {
    if (full === this.#full) return;
    this.#full = full;
    this.#options.writable?.next(!full);
  }

  // ---- what happens to the socket ----

  chunk(chunk: Buffer): void {
    this.bytesRead += chunk.length;
    this.silentSince = undefined;
    if (this.#isDiscarding()) {
      this.#discardedBytes += chunk.length;
      return;
    }
    this.#touch();
    this.#inbound.push(chunk);
  }

  peerEnded(): void {
    this.#takeNoMore('ended');
  }

  drained(): void {
    this.#touch();
    if (!this.#isOver()) this.#awaitWord(this.#repliedBytes); // behind our end halfCloseTimeoutMs counts
    this.#setFull(false);
    this.#inbound.deliver();
  }

  failed(error: TcpError): void {
    this.#close('reset', error);
  }

  closed(): void {
    this.#transport = 'closed';
    this.#settle();
  }

  // ---- chunks ----

  inboundChanged(): void {
    // Our end has come and nobody reads: what comes is read all the same, since closing over unread bytes would reset
    // replies that are still on their way.
    if (this.#isOver() && !this.#inbound.isRead) this.#discardHeld();
    this.#regulate();
    if (!this.#closing) this.#updateLimits();
    this.#settle();
  }

  #updateLimits(): void {
    const isIdling = this.#inbound.isRead && this.#options.idleTimeoutMs !== Number.POSITIVE_INFINITY;
    if (!this.isLingering() && !(isIdling && this.#limits === undefined)) return; // an idle limit once begun goes on
    const limits = this.#startLimits();
    limits.touch();
    limits.update();
  }

  #discardHeld(): void {
    this.#discardedBytes += this.#inbound.discard();
  }

  #isDiscarding(): boolean {
    return this.#incoming !== 'open' || (this.#isOver() && !this.#inbound.isRead);
  }

  // ---- limits ----

  isLingering(): boolean {
    return this.#outgoing === 'ended' && this.#incoming !== 'ended' && !this.#inbound.isRead;
  }

  isWaiting(): boolean {
    if (!this.#inbound.isEmpty || !this.#window.isSettled) return false;
    return this.#inbound.isRead || this.isLingering();
  }

  /** From now on the peer is expected to speak, or to acknowledge what was written after so many bytes. */
  #awaitWord(fromBytes: number): void {
    if (this.#options.writeTimeoutMs === Number.POSITIVE_INFINITY) return;
    this.silentSince = Math.ceil(this.#options.clock.now());
    this.silentFromBytes = fromBytes;
    if (!this.isWatched) this.#options.silence.add(this);
  }

  silent(): void {
    this.#startLimits().update();
  }

  heard(): void {
    this.silentSince = undefined;
  }

  /** Something came, went or was settled. Only where somebody will ask, since this is on the path of every chunk. */
  #touch(): void {
    if (this.#options.idleTimeoutMs !== Number.POSITIVE_INFINITY || this.#outgoing === 'ended') this.#limits?.touch();
  }

  expire(reason: LimitReason): void {
    this.#close(reason);
  }

  /** The limits cost more than a connection that waits needs otherwise, so they are made when one of them begins to run. */
  #startLimits(): Limits {
    this.#limits ??= new Limits(this.#options, this.#socket, this);
    return this.#limits;
  }

  // ---- the end ----

  #close(reason: CloseReason, error?: TcpError): void {
    if (this.#closing) return;
    const inOrder = this.#endsInOrder(reason);
    this.#writtenBytes = this.bytesWritten;
    this.#closing = error === undefined ? { reason } : { reason, error };
    this.#limits?.cancel();
    if (this.isWatched) this.#options.silence.delete(this);
    this.#window.close();
    this.#discardHeld();
    if (inOrder) this.#socket.destroy();
    else this.#socket.reset();
    this.#guard(() => this.#handling?.unsubscribe());
    this.#guard(() => this.#inbound.close());
    this.#settle();
  }

  /**
   * Whoever is cut off in the middle is told so by a reset: an orderly end would pass for the end of the data. Whoever has
   * it all, as far as the system tells, and does not end its side is reset as well, or the system would keep our half for a minute (FIN_WAIT2).
   */
  #endsInOrder(reason: CloseReason): boolean {
    if (reason === 'idle') return true;
    if (this.#outgoing === 'open' || this.#socket.queuedBytes > 0) return false;
    return reason !== 'half-closed' || (this.#socket.unacknowledgedBytes() ?? 0) > 0;
  }

  /** Reports the end, once. Where both sides have ended in order, a reader may still be on its way through what came. */
  #settle(): void {
    if (this.#transport !== 'closed') return;
    if (this.#closing === undefined) {
      const isReadOut = !this.#inbound.isRead || this.#inbound.isEmpty;
      if (isReadOut) this.#close(this.#failure === undefined ? 'ended' : 'failed', this.#failure); // and comes back here
      return;
    }
    this.#transport = 'reported';
    this.#onClosed(this, { ...this.#closing, durationMs: this.#options.clock.now() - this.openedAt });
  }
}
