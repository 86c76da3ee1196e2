/** A peer on its way in: its PROXY protocol header and its TLS handshake, within a time limit. */
import { type ProxyHeader, ProxyHeaderDecoder } from '../transport/proxy-protocol/decoder.js';
import type { SocketEvents, TransportSocket } from '../transport/transport.js';
import { type Address, formatAddress } from '../values/address.js';
import { nothing } from '../values/bytes.js';
import { noPlace } from '../values/dense-set.js';
import { TcpError } from '../values/errors.js';
import { Timed } from '../values/timer-heap.js';
import type { Refusal } from './server-event.js';

export interface ArrivalOwner {
  /** From now on `due` is called after this long. */
  within(arrival: Arrival, timeoutMs: number): void;
  /** A header tells the address of the client. Returns why it is not served, if it is not. */
  identified(client: Address): Refusal | undefined;
  /** The next two are final, and this comes before. */
  over(arrival: Arrival): void;
  /** The peer may talk now; `received` is what it has sent already. */
  arrived(arrival: Arrival, received: Buffer): void;
  /** The peer did not get in, and its socket is closed. */
  refused(arrival: Arrival, refusal: Refusal): void;
}

export class Arrival extends Timed implements SocketEvents {
  place = noPlace;
  readonly socket: TransportSocket;
  /** The address that a proxy tells; undefined where there is no proxy, or where it speaks for itself. */
  client: Address | undefined;
  /** Whether the owner has agreed to serve this client. */
  isIdentified = false;
  readonly #owner: ArrivalOwner;
  /** Undefined once it is complete. */
  #header: ProxyHeaderDecoder | undefined;
  /** How long a TLS handshake may take; undefined: there is none. */
  readonly #handshakeMs: number | undefined;
  /** Of the header, then of the handshake. */
  #timeoutMs = 0;
  #refusal: Refusal | undefined;

  constructor(socket: TransportSocket, handshakeMs: number | undefined, owner: ArrivalOwner) {
    super();
    this.socket = socket;
    this.#handshakeMs = handshakeMs;
    this.#owner = owner;
  }

  get remote(): Address {
    return this.client ?? this.socket.remote;
  }

  /** @param headerMs how long a header may take; undefined: there is none */
  begin(headerMs: number | undefined): void {
    this.socket.open(this);
    if (headerMs === undefined) {
      this.isIdentified = true;
      this.#proceed(nothing);
    } else {
      this.#header = new ProxyHeaderDecoder();
      this.#within(headerMs);
    }
  }

  /** The server ends. */
  abort(): void {
    this.#refuse(this.#failure('was cut off by the shutdown before'));
  }

  due(): void {
    this.#refuse(this.#failure(`let ${this.#timeoutMs} ms pass without`));
  }

  // ---- what the socket reports ----

  chunk(chunk: Buffer): void {
    const header = this.#decode(chunk);
    if (header === undefined) return;
    this.#header = undefined;
    this.client = header.source;
    const refusal = this.#owner.identified(this.remote);
    this.isIdentified = refusal === undefined;
    if (refusal) this.#refuse(refusal);
    else this.#proceed(header.rest);
  }

  connected(): void {
    this.#arrive(nothing);
  }

  peerEnded(): void {
    this.#refuse(this.#failure('ended its side before'));
  }

  failed(error: TcpError): void {
    this.#refusal ??= { reason: 'handshake', error };
  }

  closed(): void {
    this.#owner.over(this);
    this.#owner.refused(this, this.#refusal ?? this.#failure('closed the connection before'));
  }

  uncorked(): void {}
  drained(): void {}

  #decode(chunk: Buffer): ProxyHeader | undefined {
    try {
      return this.#header?.push(chunk);
    } catch (error) {
      this.#refuse({ reason: 'handshake', error: error as TcpError });
      return undefined;
    }
  }

  /** `received` is what has come behind the header. */
  #proceed(received: Buffer): void {
    if (this.#handshakeMs === undefined) {
      this.#arrive(received);
    } else {
      this.#within(this.#handshakeMs);
      this.socket.secure?.(received);
    }
  }

  #within(timeoutMs: number): void {
    this.#timeoutMs = timeoutMs;
    this.#owner.within(this, timeoutMs);
  }

  #arrive(received: Buffer): void {
    this.#owner.over(this);
    this.#owner.arrived(this, received);
  }

  #failure(what: string): Refusal {
    const [code, handshake] =
      this.#header === undefined
        ? (['ERR_TLS_FAILED', 'TLS handshake'] as const)
        : (['ERR_PROXY_PROTOCOL', 'PROXY protocol header'] as const);
    const message = `${formatAddress(this.remote)} ${what} the end of its ${handshake}`;
    return { reason: 'handshake', error: new TcpError(code, message) };
  }

  #refuse(refusal: Refusal): void {
    this.#refusal ??= refusal;
    this.socket.reset();
  }
}
