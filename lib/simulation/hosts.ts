/** The programs that run on the hosts of a simulation: a crash ends them, a restart begins them anew. */
import { defer, type Observable, Subscription } from 'rxjs';
import type { ServerEvent } from '../server/server-event.js';
import { type MemoryNetwork, memoryNetwork } from '../transport/memory/network.js';
import type { Transport } from '../transport/transport.js';
import { check, func } from '../values/options.js';

/** What runs on a host: it is subscribed to at once, unsubscribed from by a crash, and called and subscribed to again by a restart. */
export type HostProgram = (transport: Transport) => Observable<unknown>;

/** A network in memory of which everything is on a host. */
export type HostNetwork = Omit<MemoryNetwork, keyof Transport>;

interface Running {
  readonly program: HostProgram;
  subscription: Subscription;
}

export interface HostsOwner {
  trace(line: string): void;
  failed(what: string, cause: unknown): void;
}

export class Hosts {
  readonly network: HostNetwork;
  readonly #owner: HostsOwner;
  readonly #programs = new Map<string, Running[]>();
  readonly #down = new Set<string>();
  readonly #transport: (name: string) => Transport;
  readonly #crash: (name: string) => void;
  readonly #restart: (name: string) => void;

  constructor(seed: number, owner: HostsOwner) {
    const network = memoryNetwork({ seed, trace: (line) => owner.trace(line) });
    this.#owner = owner;
    this.#transport = network.host.bind(network);
    this.#crash = network.crash.bind(network);
    this.#restart = network.restart.bind(network);
    network.host = (name) => this.host(name);
    network.crash = (name) => this.crash(name);
    network.restart = (name) => this.restart(name);
    this.network = network;
  }

  readonly host = (name: string, program?: HostProgram): Transport => {
    const transport = this.#transport(name);
    const programs = this.#programs.get(name) ?? [];
    this.#programs.set(name, programs);
    if (program === undefined) return transport;
    check('program', program, func);
    const running = { program, subscription: Subscription.EMPTY };
    programs.push(running);
    if (!this.#down.has(name)) this.#start(name, running, transport);
    return transport;
  };

  crash(name: string): void {
    this.#down.add(name); // first: that its sockets fail is told to programs that are over
    this.#crash(name);
    for (const { subscription } of this.#programs.get(name) ?? []) subscription.unsubscribe();
  }

  restart(name: string): void {
    this.#restart(name);
    if (!this.#down.delete(name)) return;
    for (const running of this.#programs.get(name) ?? []) this.#start(name, running, this.#transport(name));
  }

  /** Names of hosts with a program that has not completed. */
  get busy(): string[] {
    const isBusy = (programs: readonly Running[]) => programs.some(({ subscription }) => !subscription.closed);
    return [...this.#programs].flatMap(([name, programs]) => (isBusy(programs) ? [name] : []));
  }

  /** Closes all that is open on all of them. */
  stop(): void {
    for (const [name, programs] of this.#programs) {
      this.#down.add(name);
      for (const { subscription } of programs) subscription.unsubscribe();
      this.#crash(name);
    }
  }

  #start(name: string, running: Running, transport: Transport): void {
    const subscription = new Subscription(); // known before the program begins, which may crash its own host
    running.subscription = subscription;
    const isDown = (): boolean => this.#down.has(name);
    subscription.add(
      defer(() => running.program(transport)).subscribe({
        next: (value) => {
          if (!isDown()) this.#report(name, value as Partial<ServerEvent> | undefined);
        },
        error: (cause) => {
          if (!isDown()) this.#owner.failed(`The program of the host ${name} failed`, cause);
        },
        complete: () => subscription.unsubscribe(),
      }),
    );
  }

  /** A server tells of the error of a handler in an event, and of nothing else would it be seen. */
  #report(name: string, value: Partial<ServerEvent> | undefined): void {
    if (typeof value !== 'object' || !('error' in value) || !(value.error instanceof Error)) return;
    this.#owner.trace(`${name} ${value.type}: ${value.error.message}`);
  }
}
