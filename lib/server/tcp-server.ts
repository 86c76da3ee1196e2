/** The story of one server: listen, admit, handle, drain. */
import { Observable, type Subscriber, Subscription } from 'rxjs';
import type { Handler } from '../connection/handler.js';
import { type Closing, type ConnectionOptions, PeerConnection } from '../connection/peer-connection.js';
import type { Listener, ListenerEvents, Socket } from '../transport/transport.js';
import type { Address } from '../values/address.js';
import type { TcpError } from '../values/errors.js';
import { monotonicClock } from '../values/monotonic-clock.js';
import { check, func } from '../values/options.js';
import { type ServerOptions, serverOptions, type TcpServerConfig } from './server-config.js';
import type { ServerEvent } from './server-event.js';

/**
 * A TCP server as an Observable of what happens to it.
 *
 * Cold: each subscription binds the port; `stop$` drains it, unsubscribing aborts it: what is open is reset, the port is
 * free. Emits `listening`, then `opened`, `closed` and `dropped` as peers come and go, and `draining`. Completes once it
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

type Phase = 'listening' | 'draining' | 'over';

class Server implements ListenerEvents {
  readonly #options: ServerOptions;
  readonly #connectionOptions: ConnectionOptions;
  readonly #maxConnections: number;
  readonly #handler: Handler;
  readonly #events: Subscriber<ServerEvent>;
  readonly #connections = new Set<PeerConnection>();
  #phase: Phase = 'listening';
  #listener: Listener | undefined;
  #stopping: Subscription | undefined;
  readonly #draining = new Subscription();
  #lastId = 0;

  constructor(options: ServerOptions, handler: Handler, events: Subscriber<ServerEvent>) {
    this.#options = options;
    this.#connectionOptions = { ...options, clock: monotonicClock(options.scheduler) };
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
    this.#draining.unsubscribe();
    this.#listener?.close();
    this.#abortConnections();
  }

  // ---- what happens to the listener ----

  listening(address: Address): void {
    this.#events.next({ type: 'listening', address });
  }

  accepted(socket: Socket): void {
    if (this.#connections.size >= this.#maxConnections) {
      this.#events.next({ type: 'dropped', remote: socket.remote, reason: 'limit' });
      socket.destroy();
      return;
    }
    this.#lastId += 1;
    const connection = new PeerConnection(this.#lastId, socket, this.#connectionOptions, this.#closed);
    this.#connections.add(connection);
    socket.open(connection);
    this.#events.next({ type: 'opened', connection });
    connection.handle(this.#handler);
  }

  lost(error?: TcpError): void {
    this.#events.next({ type: 'dropped', remote: undefined, reason: 'lost', ...(error && { error }) });
  }

  failed(error: TcpError): void {
    this.#events.error(error);
  }

  // ---- the end ----

  #drain(): void {
    if (this.#phase !== 'listening') return;
    this.#phase = 'draining';
    this.#events.next({ type: 'draining', active: this.#connections.size });
    this.#listener?.close();
    const { graceMs, scheduler } = this.#options;
    // Chunks that the system has by now are read first, in the turn of the loop that comes.
    this.#draining.add(scheduler.schedule(() => this.#drainConnections()));
    if (graceMs !== Number.POSITIVE_INFINITY) {
      this.#draining.add(scheduler.schedule(() => this.#abortConnections(), graceMs));
    }
    this.#completeIfOver();
  }

  #drainConnections(): void {
    for (const connection of this.#connections) connection.drain();
  }

  #abortConnections(): void {
    for (const connection of this.#connections) connection.abort();
  }

  readonly #closed = (connection: PeerConnection, closing: Closing): void => {
    this.#connections.delete(connection);
    const { bytesRead, bytesWritten } = connection;
    this.#events.next({ type: 'closed', connection, ...closing, bytesRead, bytesWritten });
    this.#completeIfOver();
  };

  #completeIfOver(): void {
    if (this.#phase === 'draining' && this.#connections.size === 0) this.#events.complete();
  }
}
