/** A client on its way out: its PROXY protocol header and its TLS handshake, before anything else is sent. */
import type { SocketEvents, TransportSocket } from '../transport/transport.js';
import { nothing } from '../values/bytes.js';
import type { TcpError } from '../values/errors.js';

export class Departure implements SocketEvents {
  readonly #socket: TransportSocket;
  readonly #next: SocketEvents;
  #header: Uint8Array;
  #willSecure: boolean;

  /** @param next what the socket reports to from then on */
  constructor(socket: TransportSocket, header: Uint8Array, willSecure: boolean, next: SocketEvents) {
    this.#socket = socket;
    this.#header = header;
    this.#willSecure = willSecure;
    this.#next = next;
  }

  /** Once when the two ends are connected, and once more behind a handshake. */
  connected(): void {
    if (this.#header.length > 0) this.#socket.write(this.#header);
    this.#header = nothing;
    if (this.#socket.queuedBytes === 0) this.#proceed();
    else this.#socket.pause(); // until the kernel has taken the header: what is counted, or encrypted, comes behind it
  }

  drained(): void {
    this.#socket.resume();
    this.#proceed();
  }

  failed(error: TcpError): void {
    this.#next.failed(error);
  }
  closed(): void {
    this.#next.closed();
  }

  chunk(): void {}
  peerEnded(): void {}
  uncorked(): void {}

  #proceed(): void {
    if (this.#willSecure) {
      this.#willSecure = false;
      this.#socket.secure?.(nothing);
    } else {
      this.#socket.open(this.#next);
      this.#next.connected();
    }
  }
}
