/** What a handler and an event get of a connection: what the interface says, and nothing else of it. */
import { inspect } from 'node:util';
import type { Observable } from 'rxjs';
import type { TlsState } from '../transport/tls.js';
import type { TransportSocket } from '../transport/transport.js';
import type { Address } from '../values/address.js';
import { describeCause } from '../values/errors.js';
import type { Connection } from './connection.js';
import type { Inbound } from './inbound.js';
import type { Outbound } from './outbound.js';

export interface Viewed {
  readonly socket: TransportSocket;
  readonly inbound: Inbound;
  readonly outbound: Outbound | undefined;
  readonly writable$: Observable<boolean>;
  hold(bytes: number): void;
  release(bytes: number): void;
}

export class ConnectionView implements Connection {
  readonly id: number;
  readonly #viewed: Viewed;
  readonly #client: Address | undefined;

  /** @param client the peer's address as a proxy tells it */
  constructor(id: number, viewed: Viewed, client: Address | undefined) {
    this.id = id;
    this.#viewed = viewed;
    this.#client = client;
  }

  get local(): Address {
    return this.#viewed.socket.local as Address; // no view is handed out of a connection before it is connected
  }
  get remote(): Address {
    return this.#client ?? this.#viewed.socket.remote;
  }
  get proxy(): Address | undefined {
    return this.#client && this.#viewed.socket.remote;
  }
  get tls(): TlsState | undefined {
    return this.#viewed.socket.tls;
  }
  get hasEnded(): boolean {
    return this.#viewed.inbound.hasEnded;
  }
  get bytesRead(): number {
    return this.#viewed.inbound.bytesRead;
  }
  get bytesHeld(): number {
    return this.#viewed.inbound.bytesHeld;
  }
  get bytesDiscarded(): number {
    return this.#viewed.inbound.bytesDiscarded;
  }
  get bytesWritten(): number {
    return this.#viewed.outbound?.bytesWritten ?? 0;
  }
  get bytesUnsent(): number {
    return this.#viewed.outbound?.bytesUnsent ?? 0;
  }
  get writable$(): Observable<boolean> {
    return this.#viewed.writable$;
  }

  hold(bytes: number): void {
    this.#viewed.hold(countable(bytes));
  }
  release(bytes: number): void {
    this.#viewed.release(countable(bytes));
  }

  /** Getters are of the class and not of the object, where neither JSON.stringify nor console.log looks for them. */
  toJSON() {
    const { id, local, remote, proxy, tls, hasEnded, bytesRead, bytesHeld, bytesDiscarded, bytesWritten, bytesUnsent } =
      this;
    const known = { ...(proxy && { proxy }), ...(tls && { tls }) };
    return { id, local, remote, ...known, hasEnded, bytesRead, bytesHeld, bytesDiscarded, bytesWritten, bytesUnsent };
  }

  [inspect.custom](_depth: number, options: object): string {
    return `Connection ${inspect(this.toJSON(), options)}`;
  }
}

/** NaN, once counted, would be no limit for any connection of the process. */
function countable(bytes: number): number {
  if (Number.isFinite(bytes) && bytes >= 0) return bytes;
  throw new RangeError(`Expected \`bytes\` to be a number from 0, got \`${describeCause(bytes)}\``);
}
