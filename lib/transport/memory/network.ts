/** A network in memory: the transport contract without an operating system, in the time of a scheduler. */
import { asyncScheduler, type SchedulerLike } from 'rxjs';
import { addressOf, formatAddress } from '../../values/address.js';
import { TcpError } from '../../values/errors.js';
import { having, integer, maxTimerMs, type Options, readOptions } from '../../values/options.js';
import type { ConnectOptions, Listener, ListenerEvents, ListenOptions, Transport } from '../transport.js';
import { MemorySocket } from './socket.js';

/** The options of `memoryNetwork`. */
export interface MemoryNetworkConfig {
  /** How long bytes, ends and resets travel, in milliseconds. 0: the same instant, in a later turn. @default 0 */
  readonly latencyMs?: number | undefined;
  /** How many bytes a socket takes, those on their way included, while it is not read. @default 65536 */
  readonly bufferBytes?: number | undefined;
  /** Tells the time and runs the timers; asyncScheduler follows a running TestScheduler. @default asyncScheduler */
  readonly scheduler?: SchedulerLike | undefined;
}

const rules = {
  latencyMs: integer(0, maxTimerMs),
  bufferBytes: integer(1, maxTimerMs),
  scheduler: having('a scheduler', 'schedule', 'now'),
};

const inUse = 'the address is in use; stop what holds it or choose another port';

const memoryDefaults = Object.freeze({ latencyMs: 0, bufferBytes: 65_536, scheduler: asyncScheduler });

/** Where the range for connecting sockets begins (RFC 6335, section 6), of which listeners on port 0 get theirs too. */
const firstFreePort = 49_152;

/**
 * Makes a network in memory, for tests: a server on it is reached by the clients that are given the same network, and no others.
 *
 * Any host name will do, and none is looked up. Under a TestScheduler everything happens at exact virtual instants, in the order in
 * which it was caused.
 * @throws TypeError, RangeError for an option that is unknown or out of range
 */
export function memoryNetwork(config: MemoryNetworkConfig = {}): Transport {
  return new MemoryNetwork(config);
}

class MemoryNetwork implements Transport {
  readonly #options: Options<MemoryNetworkConfig, typeof memoryDefaults>;
  readonly #listeners = new Map<string, ListenerEvents>();
  /** What was sent at one instant and arrives at one instant, as one action of the scheduler. */
  #batch: { readonly sentAt: number; readonly deliveries: (() => void)[] } | undefined;
  #nextPort = firstFreePort;

  constructor(config: MemoryNetworkConfig) {
    this.#options = readOptions(config, rules, memoryDefaults);
  }
  capacity(): number {
    return Number.POSITIVE_INFINITY;
  }

  listen(options: ListenOptions, events: ListenerEvents): Listener {
    const address = addressOf(options.port === 0 ? { ...options, port: this.#nextPort++ } : options);
    const key = formatAddress(address);
    const isFree = !this.#listeners.has(key);
    let isOpen = true;
    const close = (): void => {
      isOpen = false;
      if (this.#listeners.get(key) === events) this.#listeners.delete(key);
    };
    const unsupported = notSupported(options);
    if (isFree && unsupported === undefined) this.#listeners.set(key, events);
    this.#carry(() => {
      if (!isOpen) return;
      if (unsupported) events.failed(unsupported);
      else if (isFree) events.listening(address);
      else events.failed(new TcpError('ERR_ADDRESS_IN_USE', `Could not listen on ${key}: ${inUse}`));
    });
    return {
      close,
      stop: (done) => {
        // What arrives at this instant comes before: that is the accept queue of this network.
        this.#options.scheduler.schedule(() => {
          if (!isOpen) return;
          close();
          done();
        });
      },
    };
  }

  connect(options: ConnectOptions): MemorySocket {
    const remote = addressOf(options);
    const local = options.path === undefined ? { host: options.host, port: this.#nextPort++ } : { path: '' };
    const { bufferBytes } = this.#options;
    const client = new MemorySocket(this.#carry, bufferBytes, local, remote);
    this.#carry(() => {
      if (client.isClosed) return;
      const unsupported = notSupported(options);
      if (unsupported) {
        client.break(unsupported);
        return;
      }
      const listener = this.#listeners.get(formatAddress(remote));
      if (listener === undefined) {
        const message = `Could not connect to ${formatAddress(remote)}: no server listens there`;
        client.break(new TcpError('ERR_CONNECTION_REFUSED', message));
        return;
      }
      const server = new MemorySocket(this.#carry, bufferBytes, remote, local);
      server.peer = client;
      client.peer = server;
      listener.accepted(server);
      client.connected();
    });
    return client;
  }

  /** Calls `deliver` once the latency has passed, after everything that was carried before. */
  readonly #carry = (deliver: () => void): void => {
    const { latencyMs, scheduler } = this.#options;
    const sentAt = scheduler.now();
    if (this.#batch?.sentAt === sentAt) {
      this.#batch.deliveries.push(deliver);
      return;
    }
    const batch = { sentAt, deliveries: [deliver] };
    this.#batch = batch;
    scheduler.schedule(() => {
      if (this.#batch === batch) this.#batch = undefined;
      for (const each of batch.deliveries) each();
    }, latencyMs);
  };
}

/** Descriptors, ports that processes share and TLS are Node's. */
function notSupported(options: ListenOptions | ConnectOptions): TcpError | undefined {
  const names = ['fd', 'reusePort', 'tls'] as const;
  const given = names.find((name) => (options as Partial<ListenOptions>)[name]);
  if (given === undefined) return undefined;
  return new TcpError(
    'ERR_NOT_SUPPORTED',
    `A network in memory has no \`${given}\`: leave it out, or use nodeNetwork()`,
  );
}
