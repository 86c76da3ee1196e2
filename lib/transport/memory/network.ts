/** A network in memory: the transport contract without a system underneath, in the time of a scheduler. */
import { asyncScheduler, type SchedulerLike } from 'rxjs';
import { formatAddress } from '../../values/address.js';
import { TcpError } from '../../values/errors.js';
import { having, integer, maxTimerMs, type Options, readOptions } from '../../values/options.js';
import type {
  ConnectOptions,
  Listener,
  ListenerEvents,
  ListenOptions,
  Transport,
  TransportSocket,
} from '../transport.js';
import { MemorySocket } from './socket.js';

export interface MemoryNetworkConfig {
  /** How long bytes, and news of any kind, are on their way. Default 0: the same instant, in a later turn. */
  readonly latencyMs?: number | undefined;
  /** How much a socket takes in, and the network carries towards it, while it is not read. Default 65 536. */
  readonly bufferBytes?: number | undefined;
  /** Default `asyncScheduler`, which follows a running `TestScheduler` by itself. */
  readonly scheduler?: SchedulerLike | undefined;
}

const rules = {
  latencyMs: integer(0, maxTimerMs),
  bufferBytes: integer(1, maxTimerMs),
  scheduler: having('a scheduler', 'schedule', 'now'),
};

const memoryDefaults = Object.freeze({ latencyMs: 0, bufferBytes: 65_536, scheduler: asyncScheduler });

/** The first of the ports that a connecting socket is given (RFC 6335, section 6), as are listeners on port 0. */
const firstFreePort = 49_152;

/**
 * A network of its own: what listens on one is reached from no other. Any host name will do, and none is looked up.
 *
 * Under a TestScheduler everything happens at exact virtual instants, in the order in which it was caused.
 */
export function memoryNetwork(config: MemoryNetworkConfig = {}): Transport {
  return new MemoryNetwork(readOptions(config, rules, memoryDefaults));
}

class MemoryNetwork implements Transport {
  readonly #bufferBytes: number;
  readonly #latencyMs: number;
  readonly #scheduler: SchedulerLike;
  readonly #listeners = new Map<string, ListenerEvents>();
  /** What was sent at one instant and arrives at one instant. */
  #batch: { readonly sentAt: number; readonly deliveries: (() => void)[] } | undefined;
  #lastPort = firstFreePort - 1;

  constructor({ latencyMs, bufferBytes, scheduler }: Options<MemoryNetworkConfig, typeof memoryDefaults>) {
    this.#bufferBytes = bufferBytes;
    this.#latencyMs = latencyMs;
    this.#scheduler = scheduler;
  }

  capacity(): number {
    return Number.POSITIVE_INFINITY;
  }

  listen({ host, port }: ListenOptions, events: ListenerEvents): Listener {
    const address = { host, port: port === 0 ? this.#freePort() : port };
    const key = formatAddress(address);
    let open = true;
    if (this.#listeners.has(key)) {
      const message = `Could not listen on ${key}: the address is in use; stop what holds it or choose another port`;
      this.#carry(() => open && events.failed(new TcpError('ERR_ADDRESS_IN_USE', message)));
      return {
        arriving: 0,
        close: () => {
          open = false;
        },
      };
    }
    this.#listeners.set(key, events);
    this.#carry(() => open && events.listening(address));
    return {
      arriving: 0,
      close: () => {
        open = false;
        if (this.#listeners.get(key) === events) this.#listeners.delete(key);
      },
    };
  }

  connect({ host, port }: ConnectOptions, connected: () => void): TransportSocket {
    const remote = { host, port };
    const local = { host, port: this.#freePort() };
    const carry = (deliver: () => void) => this.#carry(deliver);
    const client = new MemorySocket(carry, this.#bufferBytes, local, remote);
    this.#carry(() => {
      if (client.isClosed) return;
      const listener = this.#listeners.get(formatAddress(remote));
      if (listener === undefined) {
        const message = `Could not connect to ${formatAddress(remote)}: nobody listens there`;
        client.break(new TcpError('ERR_CONNECTION_REFUSED', message));
        return;
      }
      const server = new MemorySocket(carry, this.#bufferBytes, remote, local);
      client.join(server);
      server.join(client);
      listener.accepted(server);
      connected();
      client.transfer();
    });
    return client;
  }

  /** Calls `deliver` once the latency has passed, after everything that was carried before. */
  #carry(deliver: () => void): void {
    const sentAt = this.#scheduler.now();
    if (this.#batch?.sentAt === sentAt) {
      this.#batch.deliveries.push(deliver);
      return;
    }
    const batch = { sentAt, deliveries: [deliver] };
    this.#batch = batch;
    this.#scheduler.schedule(() => {
      if (this.#batch === batch) this.#batch = undefined;
      for (const each of batch.deliveries) each();
    }, this.#latencyMs);
  }

  #freePort(): number {
    this.#lastPort += 1;
    return this.#lastPort;
  }
}
