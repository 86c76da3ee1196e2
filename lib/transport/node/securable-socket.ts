/** A socket that can secure itself: plain at first, then under Node's TLS over the same connection. */
import type { TLSSocket } from 'node:tls';
import { type Address, formatAddress } from '../../values/address.js';
import { TcpError } from '../../values/errors.js';
import type { TlsState } from '../tls.js';
import type { SocketEvents } from '../transport.js';
import { WrappedSocket } from '../wrap/wrapped-socket.js';
import { NodeSocket } from './socket.js';
import { reasonOf } from './system-error.js';
import type { Tls } from './tls.js';

export class SecurableSocket extends WrappedSocket {
  readonly #plain: NodeSocket;
  readonly #tls: Tls;
  #secured: NodeSocket | undefined;
  #state: TlsState | undefined;
  #isInHandshake = false;

  constructor(plain: NodeSocket, tls: Tls) {
    super(plain);
    this.#plain = plain;
    this.#tls = tls;
  }

  override get local(): Address | undefined {
    return this.#isInHandshake ? undefined : this.#plain.local;
  }
  override get tls(): TlsState | undefined {
    return this.#state;
  }

  /** Nothing stands between once the socket is secured, since every chunk takes this path. */
  override open(events: SocketEvents): void {
    if (this.#secured) this.#secured.open(events);
    else super.open(events);
  }

  override secure(received: Buffer): void {
    this.#isInHandshake = true;
    const socket = this.#plain.release();
    if (received.length > 0) socket.unshift(received);
    try {
      this.#tls.start(socket, {
        secured: (secured, state) => this.#begin(secured, state),
        failed: (error) => this.#refuse(error),
      });
    } catch (error) {
      this.#refuse(error as Error);
    }
  }

  /** The one of TLS has no handle of the kernel's that could reset. */
  override reset(): void {
    if (this.#secured?.isShuttingDown) this.#secured.destroy();
    else this.#plain.reset();
  }

  /** Where Node's TLS closes the socket, it says why behind the socket's own event. */
  override closed(): void {
    if (this.#isInHandshake) queueMicrotask(() => super.closed());
    else super.closed();
  }

  #begin(secured: TLSSocket, state: TlsState): void {
    this.#isInHandshake = false;
    this.#state = state;
    this.#plain.events = undefined;
    this.#secured = NodeSocket.secured(secured, this.#plain);
    this.wrapped = this.#secured;
    this.#secured.open(this);
    this.connected();
  }

  #refuse(cause: Error): void {
    const message = `The TLS handshake with ${formatAddress(this.remote)} failed: ${reasonOf(cause)}`;
    this.failed(cause instanceof TcpError ? cause : new TcpError('ERR_TLS_FAILED', message, { cause }));
    this.#plain.destroy();
  }
}
