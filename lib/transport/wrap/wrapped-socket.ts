/** A transport made of a transport: it forwards the whole contract, and a subclass overrides only what it changes. */
import type { Address } from '../../values/address.js';
import type { TcpError } from '../../values/errors.js';
import type { SocketEvents, Transport, TransportSocket } from '../transport.js';

/** Between a socket and its owner: what the owner calls goes to the socket, what the socket reports to the owner. */
export class WrappedSocket implements TransportSocket, SocketEvents {
  readonly #socket: TransportSocket;
  #events: SocketEvents | undefined;

  constructor(socket: TransportSocket) {
    this.#socket = socket;
  }
  get local(): Address | undefined {
    return this.#socket.local;
  }
  get remote(): Address {
    return this.#socket.remote;
  }
  get queuedBytes(): number {
    return this.#socket.queuedBytes;
  }
  get queuedWrites(): number {
    return this.#socket.queuedWrites;
  }
  unacknowledgedBytes(): number | undefined {
    return this.#socket.unacknowledgedBytes();
  }

  open(events: SocketEvents): void {
    this.#events = events;
    this.#socket.open(this);
  }

  write(bytes: Uint8Array): void {
    this.#socket.write(bytes);
  }
  cork(): void {
    this.#socket.cork();
  }
  uncork(): void {
    this.#socket.uncork();
  }
  uncorkLater(): void {
    this.#socket.uncorkLater();
  }
  end(): void {
    this.#socket.end();
  }
  pause(): void {
    this.#socket.pause();
  }
  resume(): void {
    this.#socket.resume();
  }
  destroy(): void {
    this.#socket.destroy();
  }
  reset(): void {
    this.#socket.reset();
  }
  connected(): void {
    this.#events?.connected();
  }
  chunk(chunk: Buffer): void {
    this.#events?.chunk(chunk);
  }
  peerEnded(): void {
    this.#events?.peerEnded();
  }
  uncorked(): void {
    this.#events?.uncorked();
  }
  drained(): void {
    this.#events?.drained();
  }
  failed(error: TcpError): void {
    this.#events?.failed(error);
  }
  closed(): void {
    this.#events?.closed();
  }
}

/** `transport`, with each of its sockets wrapped. */
export function wrapSockets(transport: Transport, wrap: (socket: TransportSocket) => TransportSocket): Transport {
  return {
    capacity: () => transport.capacity(),
    listen: (options, events) =>
      transport.listen(options, {
        listening: (address) => events.listening(address),
        accepted: (socket) => events.accepted(wrap(socket)),
        lost: () => events.lost(),
        warned: (error) => events.warned(error),
        failed: (error) => events.failed(error),
      }),
    connect: (options) => wrap(transport.connect(options)),
  };
}
