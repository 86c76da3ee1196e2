/** Keep-alive, as Linux has it with Node's settings: a peer that answers none of ten probes, a second apart, is given up. */
import type { SchedulerLike } from 'rxjs';
import { monotonicClock } from '../../values/clock.js';
import { Timed, type TimerHeap } from '../../values/timer-heap.js';

/** As libuv sets them (TCP_KEEPINTVL, TCP_KEEPCNT). */
const probeIntervalMs = 1_000;
const mostProbes = 10;

export interface KeepAliveOwner {
  /** When the peer last sent or acknowledged something, by the scheduler's clock. */
  readonly heardAt: number;
  /** Whether a probe may be left without an answer, or be answered by a reset. Of all other probes nothing would be seen. */
  readonly isInDoubt: boolean;
  /** The kernel repeats what is not acknowledged, or asks for room to send, and does not probe meanwhile. */
  readonly isUnacknowledged: boolean;
  probe(): void;
  timedOut(): void;
}

export class KeepAlive extends Timed {
  readonly #idleMs: number;
  readonly #scheduler: SchedulerLike;
  readonly #timers: TimerHeap;
  readonly #owner: KeepAliveOwner;
  #unanswered = 0;

  constructor(idleMs: number, scheduler: SchedulerLike, timers: TimerHeap, owner: KeepAliveOwner) {
    super();
    this.#idleMs = idleMs;
    this.#scheduler = scheduler;
    this.#timers = timers;
    this.#owner = owner;
  }

  /** The peer is in doubt from now on. The probes until now were answered, each at its time. */
  watch(): void {
    if (this.heapIndex < 0) this.#wait(this.#idleMs - (this.#silenceMs % this.#idleMs));
  }

  cancel(): void {
    this.#timers.delete(this);
  }

  due(): void {
    if (this.#silenceMs < this.#idleMs) {
      this.#unanswered = 0;
      if (this.#owner.isInDoubt) this.#wait(this.#idleMs - this.#silenceMs);
    } else if (this.#owner.isUnacknowledged) {
      this.#wait(this.#idleMs);
    } else if (this.#unanswered === mostProbes) {
      this.#owner.timedOut();
    } else {
      this.#unanswered += 1;
      this.#wait(probeIntervalMs);
      this.#owner.probe();
    }
  }

  get #silenceMs(): number {
    return this.#scheduler.now() - this.#owner.heardAt;
  }

  #wait(ms: number): void {
    this.#timers.set(this, monotonicClock(this.#scheduler).now() + ms);
  }
}
