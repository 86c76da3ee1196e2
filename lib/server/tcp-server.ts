/** The story of one server: listen, admit, handle, drain. */
import { Observable, type Subscriber, Subscription } from 'rxjs';
import type { Handler } from '../connection/handler.js';
import { isOverfull } from '../connection/memory-budget.js';
import { type Closing, type ConnectionOptions, PeerConnection } from '../connection/peer-connection.js';
import { SilenceWatch } from '../connection/silence-watch.js';
import type { Listener, ListenerEvents, TransportSocket } from '../transport/transport.js';
import type { Address } from '../values/address.js';
import { type Clock, monotonicClock } from '../values/clock.js';
import { DenseSet } from '../values/dense-set.js';
import type { TcpError } from '../values/errors.js';
import { check, func } from '../values/options.js';
import { type ServerOptions, serverOptions, type TcpServerConfig } from './server-config.js';
import type { ServerEvent } from './server-event.js';

/**
 * A TCP server as an Observable of what happens to it.
 *
 * Cold: each subscription binds the port; `stop$` drains it, unsubscribing aborts it: what is open is reset, the port is
 * free. Emits `listening`, then `opened`, `closed` and `dropped` as peers come and go, `warning` where it runs short of
 * file descriptors, and `draining`. Completes once it
 * has drained. Errors with a TcpError where it cannot listen: ERR_ADDRESS_IN_USE, ERR_ADDRESS_NOT_AVAILABLE,
 * ERR_PERMISSION_DENIED, ERR_HOST_NOT_FOUND, ERR_TOO_MANY_FILES, ERR_SYSTEM. What befalls one connection, its handler's
 * failure included, is in that connection's `closed` event and disturbs no other.
 *
 * A peer that takes its replies too slowly, or whose chunks are kept waiting in the window, is read from no further than
 * `highWaterMarkBytes`.
 *
 * @throws TypeError, RangeError for an option that is unknown or out of range, a handler that is no function
 * @example tcpServer({ port: 50007 }, echo({ delayMs: 5_000 })).subscribe(console.log);
 */
export function tcpServer(config: number | TcpServerConfig, handler: Handler): Observable<ServerEvent> {
  const options = serverOptions(config);
  check('handler', handler, func);
  return new Observable((events) => {
    const server = new Server(options, handler, events);
    server.start();
    return () => server.abort();
  });
}

type Phase =
  | 'listening'
  /** Told to stop; who is at the door is still let in. */
  | 'draining'
  /** The port is closed; what is due is answered. */
  | 'closing'
  | 'over';

/** How long at most a server that stops lets in those that the system has accepted for it. */
const acceptQueueMs = 100;

class Server implements ListenerEvents {
  readonly #options: ServerOptions;
  readonly #connectionOptions: ConnectionOptions;
  readonly #maxConnections: number;
  readonly #handler: Handler;
  readonly #events: Subscriber<ServerEvent>;
  readonly #connections = new DenseSet<PeerConnection>();
  #phase: Phase = 'listening';
  #listener: Listener | undefined;
  #stopping: Subscription | undefined;
  readonly #timers = new Subscription();
  readonly #clock: Clock;
  /** How many peers have come, let in or not. */
  #came = 0;
  #lastId = 0;

  constructor(options: ServerOptions, handler: Handler, events: Subscriber<ServerEvent>) {
    this.#options = options;
    this.#clock = monotonicClock(options.scheduler);
    const peers = () => this.#connections;
    const silence = new SilenceWatch(peers, options.scheduler, this.#clock, options.writeTimeoutMs);
    this.#connectionOptions = { ...options, clock: this.#clock, silence };
    this.#maxConnections = options.maxConnections ?? options.transport.capacity();
    this.#handler = handler;
    this.#events = events;
  }

  start(): void {
    this.#listener = this.#options.transport.listen(this.#options, this);
    this.#stopping = this.#options.stop$?.subscribe({
      next: () => this.#drain(),
      error: (error) => this.#events.error(error),
    });
  }

  /** Nothing is left open. */
  abort(): void {
    this.#phase = 'over';
    this.#stopping?.unsubscribe();
    this.#timers.unsubscribe();
    this.#listener?.close();
    this.#abortConnections();
  }

  // ---- what happens to the listener ----

  listening(address: Address): void {
    if (this.#phase === 'listening') this.#events.next({ type: 'listening', address });
  }

  accepted(socket: TransportSocket): void {
    this.#came += 1;
    if (this.#connections.size >= this.#maxConnections) this.#refuse(socket, 'limit');
    else if (isOverfull()) this.#refuse(socket, 'memory');
    else this.#admit(socket);
  }

  #admit(socket: TransportSocket): void {
    this.#lastId += 1;
    const connection = new PeerConnection(this.#lastId, socket, this.#connectionOptions, this.#closed);
    this.#connections.add(connection);
    socket.open(connection);
    this.#events.next({ type: 'opened', connection });
    connection.handle(this.#handler);
  }

  #refuse(socket: TransportSocket, reason: 'limit' | 'memory'): void {
    this.#events.next({ type: 'dropped', remote: socket.remote, reason });
    socket.destroy();
  }

  lost(): void {
    this.#events.next({ type: 'dropped', remote: undefined, reason: 'lost' });
  }

  warned(error: TcpError): void {
    this.#events.next({ type: 'warning', error });
  }

  failed(error: TcpError): void {
    this.#events.error(error);
  }

  // ---- the end ----

  #drain(): void {
    if (this.#phase !== 'listening') return;
    this.#phase = 'draining';
    this.#events.next({ type: 'draining', active: this.#connections.size });
    const { drainTimeoutMs } = this.#options;
    if (drainTimeoutMs !== Number.POSITIVE_INFINITY) this.#after(drainTimeoutMs, () => this.#spendGrace());
    this.#closeOnceQuiet(this.#clock.now() + acceptQueueMs);
  }

  /** Peers whom the system has let in, and chunks that it has, are let in and read first: closing the port resets them. */
  #closeOnceQuiet(latest: number): void {
    const came = this.#came;
    this.#after(0, () => {
      const isQuiet = this.#came === came && !this.#listener?.arriving;
      if (isQuiet || this.#clock.now() >= latest) this.#stopListening();
      else this.#closeOnceQuiet(latest);
    });
  }

  #stopListening(): void {
    this.#closeListener();
    this.#after(0, () => {
      for (const connection of this.#connections) connection.drain();
    });
    this.#completeIfOver();
  }

  #closeListener(): void {
    this.#phase = 'closing';
    this.#listener?.close();
  }

  #spendGrace(): void {
    this.#closeListener();
    this.#abortConnections();
    this.#completeIfOver();
  }

  #after(delayMs: number, work: () => void): void {
    this.#timers.add(this.#options.scheduler.schedule(work, delayMs));
  }

  #abortConnections(): void {
    for (const connection of this.#connections) connection.abort();
  }

  readonly #closed = (connection: PeerConnection, closing: Closing): void => {
    this.#connections.delete(connection);
    const { bytesRead, bytesDiscarded, bytesWritten, bytesUnsent } = connection;
    this.#events.next({ type: 'closed', connection, ...closing, bytesRead, bytesDiscarded, bytesWritten, bytesUnsent });
    this.#completeIfOver();
  };

  #completeIfOver(): void {
    if (this.#phase === 'closing' && this.#connections.size === 0) this.#events.complete();
  }
}
