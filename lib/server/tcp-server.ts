/** The story of one server: listen, admit, handle, drain. */
import { isObservable, type Observable, type Subscriber } from 'rxjs';
import type { Closing } from '../connection/connection.js';
import type { Handler } from '../connection/handler.js';
import { MemoryBudget, sharedBudget } from '../connection/memory-budget.js';
import { type ConnectionOptions, PeerConnection } from '../connection/peer-connection.js';
import { checkServerTls, type TlsServerConfig } from '../transport/tls.js';
import type { Listener, ListenerEvents, TransportSocket } from '../transport/transport.js';
import type { Address, TcpAddress } from '../values/address.js';
import { monotonicClock } from '../values/clock.js';
import { DenseSet } from '../values/dense-set.js';
import { TcpError } from '../values/errors.js';
import { check, func } from '../values/options.js';
import { TimerHeap } from '../values/timer-heap.js';
import { Entrance, type EntranceOwner } from './entrance.js';
import { EventStream } from './event-stream.js';
import {
  type AnyServerConfig,
  type InheritedServerConfig,
  type ServerOptions,
  serverOptions,
  type TcpServerConfig,
  type UnixServerConfig,
} from './server-config.js';
import type { Refusal, ServerEvent } from './server-event.js';
import { type ServerUsage, usageOf } from './server-usage.js';

/**
 * Listens on a port and answers each connection with `handler`: a TCP server as an Observable of what happens to it.
 *
 * Cold: each subscription binds the port. Unsubscribing frees it and resets all connections; the first value of `stop$`
 * starts a graceful shutdown, which completes the server. Emits `listening`, then `opened`, `closed` and `dropped` as
 * connections come and go, `warning` when file descriptors run short, and `draining`. Errors with the error of `stop$`,
 * or with a TcpError where it cannot listen: ERR_ADDRESS_IN_USE, ERR_ADDRESS_NOT_AVAILABLE, ERR_PERMISSION_DENIED,
 * ERR_HOST_NOT_FOUND, ERR_TOO_MANY_FILES, ERR_TLS_CERTIFICATE, ERR_NOT_SUPPORTED, ERR_SYSTEM. An error of one connection, its
 * handler's included, is in that connection's `closed` event and disturbs no other. Subscribed to without a `next`, it tells of the
 * first handler that fails by `process.emitWarning`.
 *
 * A slow reader, or a peer with chunks that wait in an operator, is read from no further than `highWaterMarkBytes`.
 * @throws TypeError, RangeError for an option that is unknown or out of range, or a handler that is no function
 * @example tcpServer({ port: 50007 }, echo({ delayMs: 5_000 })).subscribe(console.log);
 */
export function tcpServer(config: number | TcpServerConfig, handler: Handler): Observable<ServerEvent<TcpAddress>>;
/**
 * Listens on a Unix domain socket, on a socket that the process inherited, or where a config of any kind says, and is otherwise as
 * on a port.
 * @throws TypeError, RangeError for an option that is unknown or out of range, or a handler that is no function
 * @example tcpServer({ path: '/run/echo.sock', pathMode: 0o660 }, echo()).subscribe(console.log);
 */
export function tcpServer(
  config: TcpServerConfig | UnixServerConfig | InheritedServerConfig,
  handler: Handler,
): Observable<ServerEvent>;
export function tcpServer(config: number | AnyServerConfig, handler: Handler): Observable<ServerEvent> {
  const options = serverOptions(config);
  check('handler', handler, func);
  return new EventStream((events) => {
    const server = new Server(options, handler, events as Subscriber<ServerEvent>); // it listens on a port
    return () => server.abort();
  });
}

type Phase =
  | 'listening'
  /** Told to stop: connections that are in the accept queue are still accepted. */
  | 'stopping'
  /** The port is closed; outstanding replies are sent. */
  | 'draining';

class Server implements ListenerEvents, EntranceOwner {
  readonly #options: ServerOptions & ConnectionOptions;
  readonly #usage: ServerUsage;
  readonly #events: Subscriber<ServerEvent>;
  readonly #entrance: Entrance;
  readonly #connections = new DenseSet<PeerConnection>();
  /** Undefined until there is a certificate, where that comes from an Observable. */
  #listener: Listener | undefined;
  #phase: Phase = 'listening';
  #lastId = 0;

  constructor(options: ServerOptions, handler: Handler, events: Subscriber<ServerEvent>) {
    const { scheduler, transport, stop$, maxConnections = transport.capacity(), memoryBudgetBytes, tls } = options;
    this.#options = {
      ...options,
      budget: memoryBudgetBytes === undefined ? sharedBudget : new MemoryBudget(memoryBudgetBytes),
      handler,
      onClosed: (peer, closing) => this.#closed(peer, closing),
      clock: monotonicClock(scheduler),
      timers: new TimerHeap(scheduler),
    };
    const size = () => this.#connections.size + this.#entrance.size;
    this.#usage = usageOf(size, maxConnections, this.#options.budget);
    this.#events = events;
    this.#entrance = new Entrance(this.#options, this);
    const error = (cause: unknown): void => events.error(cause);
    if (isObservable(tls)) events.add(tls.subscribe({ next: (config) => this.#renewTls(config), error }));
    else this.#listen(tls);
    events.add(stop$?.subscribe({ next: () => this.#stop(), error }));
  }

  abort(): void {
    this.#listener?.close();
    this.#entrance.abort();
    for (const peer of this.#connections) peer.close('aborted');
  }

  #listen(tls: TlsServerConfig | undefined): void {
    this.#listener = this.#options.transport.listen({ ...this.#options, tls }, this);
  }

  /** A certificate that cannot be used leaves the one before in its place. */
  #renewTls(tls: TlsServerConfig): void {
    if (this.#phase !== 'listening') return;
    try {
      checkServerTls(tls);
      if (this.#listener === undefined) this.#listen(tls);
      else this.#listener.renewTls?.(tls);
    } catch (error) {
      if (this.#listener === undefined || !(error instanceof TcpError)) this.#events.error(error);
      else this.warned(error);
    }
  }

  // ---- what the listener reports ----

  listening(address: Address): void {
    if (this.#phase === 'listening') this.#events.next({ type: 'listening', address, usage: this.#usage });
  }

  accepted(socket: TransportSocket): void {
    const { connections, maxConnections } = this.#usage;
    if (connections >= maxConnections) this.#entrance.refuse(socket, { reason: 'limit' });
    else if (this.#options.budget.isOver) this.#entrance.refuse(socket, { reason: 'memory' });
    else this.#entrance.enter(socket);
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

  // ---- what the entrance reports ----

  entered(socket: TransportSocket, client: Address | undefined, received: Buffer): void {
    this.#lastId += 1;
    const peer = new PeerConnection(this.#lastId, socket, this.#options, client);
    this.#connections.add(peer);
    socket.open(peer);
    this.#events.next({ type: 'opened', connection: peer.connection });
    peer.connected();
    if (received.length > 0) peer.chunk(received);
  }

  refused(remote: Address, refusal: Refusal): void {
    this.#events.next({ type: 'dropped', remote, ...refusal });
    this.#completeIfDrained();
  }

  #closed(peer: PeerConnection, closing: Closing): void {
    this.#connections.delete(peer);
    const { connection } = peer;
    this.#entrance.leave(connection.remote);
    this.#events.next({ type: 'closed', connection, ...closing });
    this.#completeIfDrained();
  }

  // ---- graceful shutdown ----

  #stop(): void {
    if (this.#phase !== 'listening') return;
    this.#phase = 'stopping';
    this.#events.next({ type: 'draining', active: this.#connections.size });
    const { drainTimeoutMs } = this.#options;
    if (drainTimeoutMs !== Number.POSITIVE_INFINITY) this.#after(drainTimeoutMs, () => this.#cutOff());
    if (this.#listener === undefined) this.#drain();
    else this.#listener.stop(() => this.#drain());
  }

  #drain(): void {
    if (this.#phase !== 'stopping') return;
    this.#phase = 'draining';
    // A turn later: what the connections accepted last have sent is read first.
    this.#after(0, () => {
      this.#entrance.abort(); // before its handshake a peer has asked for nothing
      for (const peer of this.#connections) peer.inbound.end('refused');
    });
    this.#completeIfDrained();
  }

  #cutOff(): void {
    this.abort();
    this.#drain();
  }

  #completeIfDrained(): void {
    if (this.#phase === 'draining' && this.#usage.connections === 0) this.#events.complete();
  }
  #after(delayMs: number, work: () => void): void {
    this.#events.add(this.#options.scheduler.schedule(work, delayMs));
  }
}
