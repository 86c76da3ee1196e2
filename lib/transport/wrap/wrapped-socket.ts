/** A transport made of a transport: it forwards the whole contract, and a subclass overrides only what it changes. */
import type { Address } from '../../values/address.js';
import type { TcpError } from '../../values/errors.js';
import type { TlsState } from '../tls.js';
import type { SocketEvents, Transport, TransportSocket } from '../transport.js';

/** Between a socket and its owner: what the owner calls goes to the socket, what the socket reports to the owner. */
export class WrappedSocket implements TransportSocket, SocketEvents {
  protected wrapped: TransportSocket;
  #events: SocketEvents | undefined;

  constructor(socket: TransportSocket) {
    this.wrapped = socket;
  }
  get local(): Address | undefined {
    return this.wrapped.local;
  }
  get remote(): Address {
    return this.wrapped.remote;
  }
  get queuedBytes(): number {
    return this.wrapped.queuedBytes;
  }
  get queuedWrites(): number {
    return this.wrapped.queuedWrites;
  }
  get tls(): TlsState | undefined {
    return this.wrapped.tls;
  }
  unacknowledgedBytes(): number | undefined {
    return this.wrapped.unacknowledgedBytes();
  }

  open(events: SocketEvents): void {
    this.#events = events;
    this.wrapped.open(this);
  }

  secure(received: Buffer): void {
    this.wrapped.secure?.(received);
  }
  write(bytes: Uint8Array): void {
    this.wrapped.write(bytes);
  }
  cork(): void {
    this.wrapped.cork();
  }
  uncork(): void {
    this.wrapped.uncork();
  }
  uncorkLater(): void {
    this.wrapped.uncorkLater();
  }
  end(): void {
    this.wrapped.end();
  }
  pause(): void {
    this.wrapped.pause();
  }
  resume(): void {
    this.wrapped.resume();
  }
  destroy(): void {
    this.wrapped.destroy();
  }
  reset(): void {
    this.wrapped.reset();
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
