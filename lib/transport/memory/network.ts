/** A network in memory: the transport contract without an operating system, in the time of a scheduler. */
import { asyncScheduler, type SchedulerLike } from 'rxjs';
import { addressOf } from '../../values/address.js';
import { func, having, integer, maxTimerMs, type Options, readOptions } from '../../values/options.js';
import type { ConnectOptions, Listener, ListenerEvents, ListenOptions, Transport } from '../transport.js';
import { Carrier } from './carrier.js';
import { Hosts } from './hosts.js';
import { type LinkConfig, linkRules } from './link-config.js';
import { notSupported, Ports, refused } from './ports.js';
import { MemorySocket } from './socket.js';
import type { Wire } from './wire.js';

/** The options of `memoryNetwork`. */
export interface MemoryNetworkConfig {
  /** How long bytes, ends and resets travel, in milliseconds. 0: the same instant, in a later turn. @default 0 */
  readonly latencyMs?: number | undefined;
  /** How many bytes a socket takes, those on their way included, while it is not read. @default 65536 */
  readonly bufferBytes?: number | undefined;
  /** Tells the time and runs the timers; asyncScheduler follows a running TestScheduler. @default asyncScheduler */
  readonly scheduler?: SchedulerLike | undefined;
  /** 0 to 2147483647: the same one gives each link the same jitter. @default 0 */
  readonly seed?: number | undefined;
  /**
   * Is called with a line for each thing that happens between named hosts, at the instant at which it does:
   * `web:49152 > db:5432 12 bytes` as they are sent, `db:5432 < web:49152 12 bytes` as they arrive; for other segments `SYN`, `SYN-ACK`,
   * `ACK`, `FIN`, `RST` or `probe`; `… 12 bytes lost`, `held` or `again`; `partition web db`, `crash db`. Default: none.
   */
  readonly trace?: ((line: string) => void) | undefined;
}

/** What `memoryNetwork` makes: a transport, and named hosts, each of which is a transport too. */
export interface MemoryNetwork extends Transport {
  /**
   * The host of that name, made at the first call. What listens on it is reached from other hosts by its name, whichever `host` the
   * server was given; what connects from it has its name as the host of its address. A name that no host has does not resolve.
   *
   * A handshake takes three segments, as TCP's does, and a host reaches itself without latency. The network's own `listen` and
   * `connect` are apart from its hosts.
   * @throws TypeError for a name such as `localhost`, by which each host means itself
   * @example tcpServer({ port: 5432, transport: network.host('db') }, echo()).subscribe();
   * @example of('hi').pipe(tcpConnect({ host: 'db', port: 5432, transport: network.host('web') })).subscribe();
   */
  host(name: string): Transport;

  /** Sets how long segments travel between two hosts, both ways. It holds for what is sent from now on. */
  link(a: string, b: string, config: LinkConfig): void;

  /**
   * From now on all segments between two hosts are lost, those on their way included, and neither is told. As TCP does, both kernels repeat
   * bytes, FIN and handshakes, which arrive once the link is repaired. A reset is not repeated: its receiver learns of it when it sends
   * something itself. Meanwhile connections end by their limits, such as `writeTimeoutMs` and `keepAliveMs`.
   * @throws TypeError for names that `host` was not called with
   */
  partition(a: string, b: string): void;
  /** Ends a partition: what was lost is sent again at once. */
  repair(a: string, b: string): void;

  /** From now on all segments between two hosts are kept on their way, resets included. */
  hold(a: string, b: string): void;
  /** Sends on what `hold` has kept, in order. */
  release(a: string, b: string): void;

  /**
   * Takes the power from a host: all that is open on it is gone, and nothing is sent. Its sockets and listeners fail with ERR_SYSTEM.
   * Other hosts are not told: their connections to it end by their limits, and what connects to it waits.
   */
  crash(name: string): void;
  /** Gives a host its power back: it can listen and connect, and resets what comes for connections of before. */
  restart(name: string): void;
}

const rules = {
  latencyMs: integer(0, maxTimerMs),
  bufferBytes: integer(1, maxTimerMs),
  scheduler: having('a scheduler', 'schedule', 'now'),
  seed: integer(0, maxTimerMs),
  trace: func,
};

const memoryDefaults = Object.freeze({ latencyMs: 0, bufferBytes: 65_536, seed: 0, scheduler: asyncScheduler });

/**
 * Makes a network in memory, for tests: a server on it is reached by the clients that are given the same network, and no others.
 *
 * Any host name will do, and none is looked up. Under a TestScheduler everything happens at exact virtual instants, in the order in
 * which it was caused.
 * @throws TypeError, RangeError for an option that is unknown or out of range
 */
export function memoryNetwork(config: MemoryNetworkConfig = {}): MemoryNetwork {
  return new Network(readOptions(config, rules, memoryDefaults));
}

type NetworkOptions = Options<MemoryNetworkConfig, typeof memoryDefaults>;

class Network implements MemoryNetwork {
  readonly #options: NetworkOptions;
  readonly #wire: Wire;
  readonly #ports: Ports;
  readonly #hosts: Hosts;

  constructor(options: NetworkOptions) {
    const { carry } = new Carrier(options.scheduler, options.latencyMs);
    this.#options = options;
    this.#wire = { isUp: true, isGone: false, send: carry, answer: carry, later: carry, closed: () => {} };
    this.#ports = new Ports(options.scheduler, carry);
    this.#hosts = new Hosts(options);
  }

  capacity(): number {
    return Number.POSITIVE_INFINITY;
  }

  listen(options: ListenOptions, events: ListenerEvents): Listener {
    return this.#ports.listen(options, events);
  }

  connect(options: ConnectOptions): MemorySocket {
    const remote = addressOf(options);
    const local = options.path === undefined ? { host: options.host, port: this.#ports.next() } : { path: '' };
    const { bufferBytes } = this.#options;
    const client = new MemorySocket(this.#wire, bufferBytes, local, remote);
    this.#wire.later(() => {
      if (client.isClosed) return;
      const port = this.#ports.at(remote);
      const problem = notSupported(options);
      if (problem !== undefined || port === undefined) {
        client.break(problem ?? refused(remote));
        return;
      }
      const server = new MemorySocket(this.#wire, bufferBytes, remote, local);
      server.peer = client;
      client.peer = server;
      port.events.accepted(server);
      client.connected();
    });
    return client;
  }

  host(name: string): Transport {
    return this.#hosts.host(name);
  }

  link(a: string, b: string, config: LinkConfig): void {
    const { latencyMs, jitterMs } = readOptions(config, linkRules, { latencyMs: this.#options.latencyMs, jitterMs: 0 });
    this.#hosts.linkFor('link', a, b).setLatency(latencyMs, jitterMs);
  }

  partition(a: string, b: string): void {
    this.#hosts.linkFor('partition', a, b).cut(true);
  }
  repair(a: string, b: string): void {
    this.#hosts.linkFor('repair', a, b).cut(false);
  }
  hold(a: string, b: string): void {
    this.#hosts.linkFor('hold', a, b).hold(true);
  }
  release(a: string, b: string): void {
    this.#hosts.linkFor('release', a, b).hold(false);
  }

  crash(name: string): void {
    this.#hosts.hostFor('crash', name).crash();
  }
  restart(name: string): void {
    this.#hosts.hostFor('restart', name).restart();
  }
}
