/** The life of one peer: open, half-closed, closing, closed; and one reason for its end. */
import type { Observable, Observer } from 'rxjs';
import type { SocketEvents, TransportSocket } from '../transport/transport.js';
import type { Address } from '../values/address.js';
import { type Bytes, isBytes, notBytes } from '../values/bytes.js';
import { noPlace } from '../values/dense-set.js';
import { describeCause, TcpError } from '../values/errors.js';
import type { CloseReason, Closing, Connection } from './connection.js';
import { ConnectionView } from './connection-view.js';
import type { Handler } from './handler.js';
import { Inbound } from './inbound.js';
import { type LimitOptions, Limits } from './limits/limits.js';
import type { MemoryBudget } from './memory-budget.js';
import { Outbound, type OutboundOptions } from './outbound.js';
import { followReplies, type Replies } from './replies.js';
import { discards, endsInOrder, isOver, lingers } from './states.js';
import { ConnectionWindow } from './window.js';

export interface ConnectionOptions extends LimitOptions, OutboundOptions {
  readonly handler: Handler;
  readonly onClosed: (peer: PeerConnection, closing: Closing) => void;
  readonly highWaterMarkBytes: number;
  readonly budget: MemoryBudget;
  readonly maxChunkBytes: number;
}

export class PeerConnection implements SocketEvents, Observer<Bytes> {
  place = noPlace;
  readonly openedAt: number;
  readonly socket: TransportSocket;
  readonly inbound: Inbound;
  readonly window: ConnectionWindow;
  readonly connection: Connection;
  /** A client's begin before it is connected. */
  replies: Replies | undefined;
  readonly #options: ConnectionOptions;
  /** Both are made when they are first needed: a connection that waits does without them. */
  outbound: Outbound | undefined;
  #limits: Limits | undefined;
  /** Of the handler, behind its last reply: its replies are to arrive all the same. */
  #failure: TcpError | undefined;
  #end: { readonly reason: CloseReason; error?: TcpError } | undefined;
  #transport: 'open' | 'closed' | 'reported' = 'open';

  /** A proxy tells the address of its `client`. */
  constructor(id: number, socket: TransportSocket, options: ConnectionOptions, client?: Address) {
    this.socket = socket;
    this.#options = options;
    this.window = new ConnectionWindow(socket, options.highWaterMarkBytes, options.budget);
    this.inbound = new Inbound(this, this.window, options.maxChunkBytes);
    this.connection = new ConnectionView(id, this, client);
    this.openedAt = options.clock.now();
  }

  // ---- what the socket reports ----

  /** Lets the handler talk to the peer. Its failure is the end of this connection and of nothing else. */
  connected(): void {
    if (isOver(this)) return;
    if (this.#options.maxLifetimeMs !== Number.POSITIVE_INFINITY) this.limits.update();
    this.#guard(() => {
      const replies = this.#options.handler(this.inbound.chunks(), this.connection);
      this.replies = followReplies(replies, this, () => this.outbound?.isFull !== true);
      // A handler that completes or fails while it is being subscribed to is over before its subscription is known.
      if (isOver(this)) this.replies.unsubscribe();
      else this.replies.resume?.();
    });
  }

  chunk(chunk: Buffer): void {
    this.outbound?.heard();
    this.inbound.receive(chunk);
  }

  peerEnded(): void {
    this.inbound.end('ended');
    this.awaitActivity();
  }

  uncorked(): void {
    this.outbound?.uncorked();
    this.inbound.deliver();
    this.replies?.resume?.();
  }

  drained(): void {
    this.touch();
    this.outbound?.drained();
    this.inbound.deliver();
    this.replies?.resume?.();
  }

  failed(error: TcpError): void {
    this.close('reset', error);
  }

  closed(): void {
    this.#transport = 'closed';
    this.#settle();
  }

  // ---- what the handler replies ----

  next(reply: Bytes): void {
    const outbound = this.startOutbound();
    if (outbound.isOverflowing) this.close('overflow');
    if (outbound.state !== 'open') {
      outbound.drop(reply);
    } else if (isBytes(reply)) {
      this.touch();
      outbound.send(reply, this.inbound.isDelivering);
    } else {
      this.error(notBytes('reply', reply));
    }
  }

  error(cause: unknown): void {
    const failure = new TcpError('ERR_HANDLER_FAILED', `The handler failed: ${describeCause(cause)}`, { cause });
    if (this.#end) this.#end.error ??= failure;
    else if (isOver(this)) this.#failure ??= failure;
    else this.close('failed', failure);
  }

  complete(): void {
    if (isOver(this)) return;
    this.startOutbound().end();
    this.#guard(() => this.replies?.unsubscribe());
    this.inboundChanged();
  }

  // ---- what its parts ask of it ----

  get writable$(): Observable<boolean> {
    return this.startOutbound().writable$;
  }

  get limits(): Limits {
    this.#limits ??= new Limits(this.#options, this.socket, this);
    return this.#limits;
  }

  /** Something came, went or was settled. Only where a limit will ask, since every chunk comes here. */
  touch(): void {
    if (this.#options.idleTimeoutMs !== Number.POSITIVE_INFINITY || isOver(this)) this.#limits?.touch();
  }

  hold(bytes: number): void {
    this.window.hold(bytes);
    if (!this.inbound.isDelivering) this.regulate();
  }

  release(bytes: number): void {
    this.window.release(bytes);
    this.touch();
    this.inbound.deliver();
  }

  /** From now on the connection may idle. */
  awaitActivity(): void {
    if (!this.#end && this.#options.idleTimeoutMs !== Number.POSITIVE_INFINITY) this.limits.restart();
  }

  inboundChanged(): void {
    if (isOver(this) && !this.inbound.isRead) this.inbound.discardHeld();
    this.outbound?.flush(); // what was replied to the end of the chunks
    this.regulate();
    if (!this.#end && lingers(this)) this.limits.restart();
    this.#settle();
  }

  regulate(): void {
    if (!this.#end && this.#transport === 'open') this.window.regulate(this.inbound.cost, discards(this));
  }

  startOutbound(): Outbound {
    this.outbound ??= new Outbound(this, this.socket, this.#options);
    return this.outbound;
  }

  /** A user's code may throw where it is called, or where its teardown is. */
  #guard(userCode: () => void): void {
    try {
      userCode();
    } catch (error) {
      this.error(error);
    }
  }

  /** Ends the connection now, unless it has ended: what is due to the peer is dropped. */
  close(reason: CloseReason, error?: TcpError): void {
    if (this.#end) return;
    this.socket.uncork(); // what was replied in this turn is not unsent
    const isInOrder = endsInOrder(reason, this, this.socket);
    this.#end = error === undefined ? { reason } : { reason, error };
    this.startOutbound().close();
    this.#limits?.cancel();
    this.window.close();
    this.inbound.discardHeld();
    if (isInOrder) this.socket.destroy();
    else this.socket.reset();
    this.#guard(() => this.replies?.unsubscribe());
    this.#guard(() => this.inbound.close());
    this.#settle();
  }

  /** Reports the end, once. If both sides have ended in order, a reader may still be on its way through what came. */
  #settle(): void {
    if (this.#transport !== 'closed') return;
    if (this.#end === undefined) {
      // A reader completes and leaves once it has all. `close` comes back here.
      if (!this.inbound.isRead) this.close(this.#failure === undefined ? 'ended' : 'failed', this.#failure);
      return;
    }
    this.#transport = 'reported';
    const durationMs = this.#options.clock.now() - this.openedAt;
    const { bytesRead, bytesDiscarded, bytesWritten, bytesUnsent } = this.connection;
    // The spread is last: on Node 20 each property behind one costs 2 µs.
    this.#options.onClosed(this, { durationMs, bytesRead, bytesDiscarded, bytesWritten, bytesUnsent, ...this.#end });
  }
}
