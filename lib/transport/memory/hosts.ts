/** The named hosts of a network in memory, and the links between them. */
import type { SchedulerLike } from 'rxjs';
import { Carrier } from './carrier.js';
import { Host, type HostNetwork } from './host.js';
import { Link } from './link.js';

export interface HostsOptions {
  readonly latencyMs: number;
  readonly bufferBytes: number;
  readonly scheduler: SchedulerLike;
  readonly trace?: ((text: string) => void) | undefined;
}

export class Hosts implements HostNetwork {
  readonly scheduler: SchedulerLike;
  readonly bufferBytes: number;
  readonly later: (work: () => void) => void;
  readonly #options: HostsOptions;
  readonly #hosts = new Map<string, Host>();
  readonly #links = new Map<string, Link>();
  /** One for each latency, so that what is sent at one instant on many links is one action all the same. */
  readonly #carriers = new Map<number, Carrier>();

  constructor(options: HostsOptions) {
    this.scheduler = options.scheduler;
    this.bufferBytes = options.bufferBytes;
    this.#options = options;
    this.later = this.#carrier(0).carry;
  }

  host(name: string): Host {
    const host = this.#hosts.get(name) ?? new Host(name, this);
    this.#hosts.set(name, host);
    return host;
  }

  find(name: string): Host | undefined {
    return this.#hosts.get(name);
  }

  linkOf(one: Host, other: Host): Link {
    const key = JSON.stringify([one.name, other.name].sort());
    const { latencyMs, trace } = this.#options;
    const link = this.#links.get(key) ?? new Link({ carry: this.#carrier(one === other ? 0 : latencyMs).carry, trace });
    this.#links.set(key, link);
    return link;
  }

  #carrier(latencyMs: number): Carrier {
    const carrier = this.#carriers.get(latencyMs) ?? new Carrier(this.scheduler, latencyMs);
    this.#carriers.set(latencyMs, carrier);
    return carrier;
  }
}
