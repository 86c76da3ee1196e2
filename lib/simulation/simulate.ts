/** Runs a program of servers and clients in virtual time, in which everything random comes from one seed. */
import { asyncScheduler, isObservable, type Observable, Subscription } from 'rxjs';
import type { Transport } from '../transport/transport.js';
import { monotonicClock } from '../values/clock.js';
import { describeCause } from '../values/errors.js';
import { check, func, integer, limit, maxTimerMs, type Options, readOptions } from '../values/options.js';
import { randomFrom, seedOf } from '../values/random.js';
import { HeapTestScheduler } from './heap-test-scheduler.js';
import { type HostNetwork, type HostProgram, Hosts, type HostsOwner } from './hosts.js';
import { isolated } from './isolated.js';
import { SimulationError } from './simulation-error.js';
import { Trace } from './trace.js';

/** The options of `simulate`. */
export interface SimulationConfig {
  /** How much virtual time the program may take, in milliseconds, from 1. @default 3600000 */
  readonly maxMs?: number | undefined;
  /** How many lines of the trace are kept, the last ones; Infinity: all. @default 50 */
  readonly maxTraceLines?: number | undefined;
}

/** What a simulated program is given. */
export interface Simulation {
  readonly seed: number;
  /** Where its hosts are: partitions, latency and crashes are its methods. */
  readonly network: HostNetwork;
  /**
   * The host of that name, made at the first call. A program runs on it: it is subscribed to at once, `network.crash` unsubscribes from it, and
   * `network.restart` calls it and subscribes to it again. An error of it is the end of the simulation.
   * @example host('db', (transport) => tcpServer({ port: 5432, transport }, handler));
   */
  host(name: string, program?: HostProgram): Transport;
  /** From 0 to 1, and not 1. `Math.random` is from the seed too. */
  random(): number;
  /** Adds a line to the trace. */
  log(line: string): void;
}

/** What `simulate` returns. */
export interface SimulationResult<T> {
  readonly seed: number;
  /** What the program emitted. */
  readonly values: readonly T[];
  /** The last lines of what happened, each with its instant: `12 ms web:49152 > db:5432 5 bytes`. */
  readonly trace: readonly string[];
  /** How much virtual time it took. */
  readonly durationMs: number;
}

const rules = { maxMs: limit(1), maxTraceLines: limit(0) };

const simulationDefaults = Object.freeze({ maxMs: 3_600_000, maxTraceLines: 50 });

/** So many actions at one instant are a loop that never waits. */
const maxActionsAtOnce = 1_000_000;

/**
 * Runs a program of servers and clients on a network in memory, in virtual time, until the Observable that it returns completes.
 *
 * Synchronous. Timers of RxJS's default scheduler are virtual, and so is what follows them: an hour passes at once. Everything random comes from the
 * seed, so that the same seed gives the same trace. What a promise is to bring does not come: a simulation is over before one settles.
 * When it ends, all that it has opened is closed.
 *
 * @throws SimulationError with the seed and the trace: where the program errors or throws, also later, in a subscriber; where nothing is left to happen
 * and it has not completed; where it takes more than `maxMs`; where it goes round in one instant
 * @throws TypeError, RangeError for an option that is unknown or out of range
 * @example
 * simulate(42, ({ host }) => {
 *   host('db', (transport) => tcpServer({ port: 5432, transport }, echo({ delayMs: 1_000, reply: 'raw' })));
 *   return of('hello').pipe(tcpConnect({ host: 'db', port: 5432, transport: host('web') }), map(String));
 * }).values; // ['hello']
 */
export function simulate<T>(
  seed: number,
  program: (simulation: Simulation) => Observable<T>,
  config: SimulationConfig = {},
): SimulationResult<T> {
  check('seed', seed, integer(0, maxTimerMs));
  check('program', program, func);
  const options = readOptions(config, rules, simulationDefaults);
  if (monotonicClock(asyncScheduler) !== performance)
    throw new Error(
      '`simulate` was called in virtual time: call it outside of other simulations and of `TestScheduler.run`',
    );
  const run = new Run(seed, program, options);
  return isolated(randomFrom(seedOf(seed, 1)), () => run.play());
}

class Run<T> implements HostsOwner {
  readonly #seed: number;
  readonly #program: (simulation: Simulation) => Observable<T>;
  readonly #options: Options<SimulationConfig, typeof simulationDefaults>;
  readonly #scheduler = new HeapTestScheduler(() => {});
  readonly #trace: Trace;
  readonly #hosts: Hosts;
  readonly #values: T[] = [];
  #isComplete = false;
  /** The first one, which is the one that counts. */
  #failure: { readonly what: string; readonly options: ErrorOptions } | undefined;

  constructor(
    seed: number,
    program: (simulation: Simulation) => Observable<T>,
    options: Options<SimulationConfig, typeof simulationDefaults>,
  ) {
    this.#seed = seed;
    this.#program = program;
    this.#options = options;
    this.#trace = new Trace(this.#scheduler, options.maxTraceLines);
    this.#hosts = new Hosts(seed, this);
  }

  play(): SimulationResult<T> {
    return this.#scheduler.run(() => {
      const result = new Subscription();
      this.#guard('The simulation failed', () => {
        result.add(this.#subscribe());
        this.#passTime();
      });
      const [trace, durationMs] = [this.#trace.lines(), this.#scheduler.frame];
      this.#guard('Closing what the simulation had opened failed', () => {
        result.unsubscribe();
        this.#hosts.stop();
        this.#scheduler.turn(); // in which sockets learn that their host is down
      });
      this.#scheduler.clear();
      const [failure, seed] = [this.#failure, this.#seed];
      if (failure) throw new SimulationError(failure.what, seed, trace, failure.options);
      return { seed, values: this.#values, trace, durationMs };
    });
  }

  // ---- what its hosts report ----

  trace(line: string): void {
    this.#trace.add(line);
  }

  failed(what: string, cause: unknown): void {
    this.#fail(`${what} after ${this.#scheduler.frame} ms: ${describeCause(cause)}`, { cause });
  }

  #subscribe(): Subscription {
    const returned: unknown = this.#program({
      seed: this.#seed,
      network: this.#hosts.network,
      host: this.#hosts.host,
      random: randomFrom(seedOf(this.#seed, 0)),
      log: this.#trace.add,
    });
    if (!isObservable(returned)) throw new TypeError('Expected `program` to return an Observable');
    return (returned as Observable<T>).subscribe({
      next: (value) => this.#values.push(value),
      error: (cause) => this.failed('The simulation failed', cause),
      complete: () => {
        this.#isComplete = true;
      },
    });
  }

  /** Until the program has completed; what else happens at that instant is part of it, such as an error that no subscriber handles. */
  #passTime(): void {
    const scheduler = this.#scheduler;
    let actionsAtOnce = 0;
    for (;;) {
      const { dueAt } = scheduler;
      if ((this.#failure || this.#isComplete) && dueAt !== scheduler.frame) return;
      actionsAtOnce = dueAt === scheduler.frame ? actionsAtOnce + 1 : 0;
      const problem = this.#problemAt(dueAt, actionsAtOnce);
      if (problem !== undefined) {
        this.#fail(problem);
        return;
      }
      scheduler.step();
    }
  }

  #problemAt(dueAt: number | undefined, actionsAtOnce: number): string | undefined {
    const { maxMs } = this.#options;
    const now = this.#scheduler.frame;
    if (dueAt === undefined) {
      const what = `Nothing is left to happen after ${now} ms, and the simulation has not completed`;
      const busy = this.#hosts.busy.join(', ') || 'no host';
      return `${what}. Programs are running on ${busy}; what waits for a promise waits in vain.`;
    }
    if (dueAt > maxMs) return `The simulation has not completed within \`maxMs\`, ${maxMs} ms`;
    if (actionsAtOnce <= maxActionsAtOnce) return undefined;
    return `The simulation does not get beyond ${now} ms, at which ${maxActionsAtOnce} actions were due`;
  }

  #guard(what: string, work: () => void): void {
    try {
      work();
    } catch (cause) {
      this.failed(what, cause);
    }
  }

  #fail(what: string, options: ErrorOptions = {}): void {
    this.#failure ??= { what, options };
  }
}
