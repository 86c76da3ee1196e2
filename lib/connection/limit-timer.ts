/** The time limits of one connection, on one timer. */
import type { SchedulerLike, Subscription } from 'rxjs';
import type { Clock } from '../values/clock.js';
import type { LimitReason } from './connection.js';

/** The limit that is over, or the instant at which to look again; Infinity: no limit runs. */
export type LimitState = LimitReason | number;

export class LimitTimer {
  readonly #scheduler: SchedulerLike;
  readonly #clock: Clock;
  readonly #look: (now: number) => LimitState;
  readonly #expire: (reason: LimitReason) => void;
  #timer: Subscription | undefined;
  #wakesAt = Number.POSITIVE_INFINITY;

  constructor(
    scheduler: SchedulerLike,
    clock: Clock,
    look: (now: number) => LimitState,
    expire: (reason: LimitReason) => void,
  ) {
    this.#scheduler = scheduler;
    this.#clock = clock;
    this.#look = look;
    this.#expire = expire;
  }

  /** To be called when a limit may have come nearer. One that moves away needs no call: the timer finds out when it wakes. */
  update(): void {
    const now = this.#clock.now();
    const state = this.#look(now);
    const at = typeof state === 'number' ? state : now;
    if (at < this.#wakesAt) this.#wakeAt(at, now, false);
  }

  cancel(): void {
    this.#timer?.unsubscribe();
    this.#timer = undefined;
    this.#wakesAt = Number.POSITIVE_INFINITY;
  }

  #wakeAt(at: number, now: number, confirming: boolean): void {
    this.cancel();
    if (at === Number.POSITIVE_INFINITY) return;
    this.#wakesAt = at;
    this.#timer = this.#scheduler.schedule(() => this.#wake(confirming), Math.max(0, Math.ceil(at - now)));
  }

  /**
   * After a stall of the process its timers run before its sockets are read, so that every live connection looks idle:
   * measured on Node 20 and 24, 20 of 20 were killed. So a limit counts as over if it still is one turn of the loop later.
   */
  #wake(confirming: boolean): void {
    const now = this.#clock.now();
    const state = this.#look(now);
    if (typeof state === 'number') this.#wakeAt(state, now, false);
    else if (confirming) this.#expire(state);
    else this.#wakeAt(now, now, true);
  }
}
