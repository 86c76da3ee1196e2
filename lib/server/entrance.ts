/** What a peer passes on its way in: the list of proxies, its header and handshake, the option `accept`, the limit of its address. */
import { addressList } from '../transport/node/address-list.js';
import type { TransportSocket } from '../transport/transport.js';
import type { Address } from '../values/address.js';
import { nothing } from '../values/bytes.js';
import type { Clock } from '../values/clock.js';
import { DenseSet } from '../values/dense-set.js';
import { describeCause, TcpError } from '../values/errors.js';
import type { TimerHeap } from '../values/timer-heap.js';
import { AddressCounts } from './address-counts.js';
import { Arrival, type ArrivalOwner } from './arrival.js';
import type { ServerOptions } from './server-config.js';
import type { Refusal } from './server-event.js';

export interface EntranceOwner {
  /** `client` is the address that a proxy tells, `received` what the peer has sent already. */
  entered(socket: TransportSocket, client: Address | undefined, received: Buffer): void;
  /** The peer is not served; its connection is reset. */
  refused(remote: Address, refusal: Refusal): void;
}

export interface EntranceOptions extends ServerOptions {
  readonly clock: Clock;
  readonly timers: TimerHeap;
}

export class Entrance implements ArrivalOwner {
  readonly #options: EntranceOptions;
  readonly #owner: EntranceOwner;
  readonly #isProxy: ((remote: Address) => boolean) | undefined;
  readonly #isSecured: boolean;
  readonly #counts: AddressCounts;
  readonly #arrivals = new DenseSet<Arrival>();
  #isOver = false;

  constructor(options: EntranceOptions, owner: EntranceOwner) {
    this.#options = options;
    this.#owner = owner;
    this.#isProxy = options.proxyProtocol && addressList(options.proxyProtocol.from);
    this.#isSecured = options.tls !== undefined;
    this.#counts = new AddressCounts(options.maxConnectionsPerAddress);
  }

  /** How many peers have not got in yet. */
  get size(): number {
    return this.#arrivals.size;
  }

  /** A connection has come. */
  enter(socket: TransportSocket): void {
    const { remote } = socket;
    const refusal = this.#isProxy ? this.#trust(remote) : this.identified(remote);
    if (refusal) this.refuse(socket, refusal);
    else if (this.#isProxy || this.#isSecured) this.#await(socket);
    else this.#owner.entered(socket, undefined, nothing);
  }

  refuse(socket: TransportSocket, refusal: Refusal): void {
    this.#owner.refused(socket.remote, refusal);
    socket.reset(); // an end would look like an empty answer
  }

  /** The connection of a peer that got in has closed. */
  leave(remote: Address): void {
    this.#counts.remove(remote);
  }

  /** No peer enters any more. */
  abort(): void {
    this.#isOver = true;
    for (const arrival of this.#arrivals) arrival.abort();
  }

  // ---- arrivals ----

  identified(client: Address): Refusal | undefined {
    const refusal = refusalBy(this.#options.accept, client);
    if (refusal) return refusal;
    if (this.#isOver) return { reason: 'refused' }; // `accept` has ended the server
    return this.#counts.add(client) ? undefined : { reason: 'address-limit' };
  }

  within(arrival: Arrival, timeoutMs: number): void {
    const { timers, clock } = this.#options;
    timers.set(arrival, clock.now() + timeoutMs);
  }

  arrived({ socket, client }: Arrival, received: Buffer): void {
    this.#owner.entered(socket, client, received);
  }

  over(arrival: Arrival): void {
    this.#arrivals.delete(arrival);
    this.#options.timers.delete(arrival);
  }

  refused(arrival: Arrival, refusal: Refusal): void {
    if (arrival.isIdentified) this.leave(arrival.remote);
    const { remote, client, socket } = arrival;
    this.#owner.refused(remote, client === undefined ? refusal : { ...refusal, proxy: socket.remote });
  }

  #await(socket: TransportSocket): void {
    const { proxyProtocol, handshakeTimeoutMs } = this.#options;
    const arrival = new Arrival(socket, this.#isSecured ? handshakeTimeoutMs : undefined, this);
    this.#arrivals.add(arrival);
    arrival.begin(proxyProtocol?.timeoutMs);
  }

  #trust(remote: Address): Refusal | undefined {
    return this.#isProxy?.(remote) ? undefined : { reason: 'refused' };
  }
}

/** Only `true` serves a peer: what a forgotten `return` or a promise would mean is not known. */
function refusalBy(accept: ServerOptions['accept'], client: Address): Refusal | undefined {
  try {
    const answer: unknown = accept === undefined || accept(client);
    if (answer === true) return undefined;
    return answer === false
      ? { reason: 'refused' }
      : failed(`returned ${describeCause(answer)}, neither true nor false`);
  } catch (cause) {
    return failed(`failed: ${describeCause(cause)}`, { cause });
  }
}

function failed(how: string, options?: ErrorOptions): Refusal {
  return { reason: 'refused', error: new TcpError('ERR_HANDLER_FAILED', `\`accept\` ${how}`, options) };
}
