/** The named hosts of a network in memory, and the links between them. */
import type { SchedulerLike } from 'rxjs';
import { check, type Rule } from '../../values/options.js';
import { seedOf } from '../../values/random.js';
import { TimerHeap } from '../../values/timer-heap.js';
import { Carrier } from './carrier.js';
import { Host, type HostNetwork, hostName } from './host.js';
import { Link } from './link.js';

export interface HostsOptions {
  readonly latencyMs: number;
  readonly bufferBytes: number;
  readonly seed: number;
  readonly scheduler: SchedulerLike;
  readonly trace?: ((line: string) => void) | undefined;
}

export class Hosts implements HostNetwork {
  readonly scheduler: SchedulerLike;
  readonly timers: TimerHeap;
  readonly bufferBytes: number;
  readonly #options: HostsOptions;
  readonly #hosts = new Map<string, Host>();
  readonly #links = new Map<string, Link>();
  /** One for each latency, so that what is sent at one instant on many links is one action all the same. */
  readonly #carriers = new Map<number, Carrier>();
  readonly #known: Rule = {
    expected: 'the name of a host that `host` has made',
    accepts: (value) => this.#hosts.has(value as string),
  };

  constructor(options: HostsOptions) {
    this.scheduler = options.scheduler;
    this.timers = new TimerHeap(options.scheduler);
    this.bufferBytes = options.bufferBytes;
    this.#options = options;
  }

  host(name: string): Host {
    check('name', name, hostName);
    const host = this.#hosts.get(name) ?? new Host(name, this);
    this.#hosts.set(name, host);
    return host;
  }

  /** The host of that name, to which something happens. */
  hostFor(what: string, name: string): Host {
    check('name', name, this.#known);
    this.#options.trace?.(`${what} ${name}`);
    return this.#hosts.get(name) as Host;
  }

  /** The link between two hosts, to which something happens. */
  linkFor(what: string, a: string, b: string): Link {
    check('a', a, this.#known);
    check('b', b, {
      expected: 'the name of another host that `host` has made',
      accepts: (value) => value !== a && this.#known.accepts(value),
    });
    this.#options.trace?.(`${what} ${a} ${b}`);
    return this.linkOf(this.#hosts.get(a) as Host, this.#hosts.get(b) as Host);
  }

  // ---- what a host asks of it ----

  find(name: string): Host | undefined {
    return this.#hosts.get(name);
  }

  linkOf(one: Host, other: Host): Link {
    const key = JSON.stringify([one.name, other.name].sort());
    const link = this.#links.get(key) ?? this.#makeLink(key, one === other ? 0 : this.#options.latencyMs);
    one.links.add(link);
    other.links.add(link);
    return link;
  }

  readonly later = (work: () => void): void => this.#carry(work, 0);

  #makeLink(key: string, latencyMs: number): Link {
    const { scheduler, trace, seed } = this.#options;
    const ownSeed = seedOf(seed, ...Buffer.from(key)); // other hosts do not change its jitter
    const link = new Link({ scheduler, carry: this.#carry, trace, seed: ownSeed }, latencyMs);
    this.#links.set(key, link);
    return link;
  }

  readonly #carry = (deliver: () => void, latencyMs: number): void => {
    let carrier = this.#carriers.get(latencyMs);
    if (carrier === undefined) {
      carrier = new Carrier(this.scheduler, latencyMs);
      this.#carriers.set(latencyMs, carrier);
    }
    carrier.carry(deliver);
  };
}
