/** A fault at its place in one direction of one connection: its stage, its timers and what is behind it. */
import { type SchedulerLike, Subscription } from 'rxjs';
import type { Clock } from '../../../values/clock.js';
import { type Fault, type Item, type Stage, type StageLink, sizeOf } from './fault.js';

/** A fault that strikes, with random numbers of its own. */
export interface Strike {
  readonly fault: Fault;
  random(): number;
}

/** What a fault does to the connection as a whole, and what its timers run on. */
export interface FaultyConnection {
  readonly scheduler: SchedulerLike;
  readonly clock: Clock;
  close(): void;
  reset(): void;
  /** Runs what a timer does: what it passes on leaves together. */
  run(work: () => void): void;
}

export interface Receiver {
  take(item: Item): void;
}

export class Station implements StageLink, Receiver {
  readonly fault: Fault;
  readonly random: () => number;
  /** Gets what is passed on. */
  next: Receiver;
  /** Taken and not passed on, if it travels. */
  inFlightBytes = 0;
  readonly #connection: FaultyConnection;
  readonly #stage: Stage;
  readonly #timers = new Subscription();
  #isClosed = false;

  constructor({ fault, random }: Strike, connection: FaultyConnection, next: Receiver) {
    this.fault = fault;
    this.random = random;
    this.next = next;
    this.#connection = connection;
    this.#stage = fault.begin(this);
  }

  get clock(): Clock {
    return this.#connection.clock;
  }

  take(item: Item): void {
    if (this.#isClosed) return;
    if (this.#stage.isInFlight) this.inFlightBytes += sizeOf(item);
    this.#stage.take(item);
  }

  pass(item: Item): void {
    if (this.#stage.isInFlight) this.inFlightBytes -= sizeOf(item);
    this.next.take(item);
  }

  after(delayMs: number, work: () => void): void {
    const timer = this.#connection.scheduler.schedule(() => {
      this.#timers.remove(timer); // a scheduler's action stays where it was added when it is done
      this.#connection.run(work);
    }, delayMs);
    this.#timers.add(timer);
  }

  close(): void {
    this.#isClosed = true;
    this.#connection.close();
  }
  reset(): void {
    this.#connection.reset();
  }

  /** The fault is over, and takes no more: what it holds goes on. */
  release(): void {
    this.stop();
    this.#stage.release?.();
  }

  /** Its timers do not fire any more. */
  stop(): void {
    this.#timers.unsubscribe();
  }
}
