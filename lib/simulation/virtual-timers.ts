/** The timers of RxJS's default schedulers in virtual time. */
import type { SchedulerLike, Subscription } from 'rxjs';
import { Heap, type HeapMember, outside } from '../values/heap.js';

/** Of what is due at one time immediates come first, then intervals, then timeouts; of a kind, what was set first. */
const ranks = { immediate: 0, interval: 1, timeout: 2 } as const;

type Kind = keyof typeof ranks;

/** More than are set in one run. */
const maxTimers = 2 ** 48;

/** What `TestScheduler.run` gives to RxJS in place of the system's timers, without a search through all of them each time one is due. */
export class VirtualTimers {
  readonly immediate = {
    setImmediate: (handler: () => void) => this.#set('immediate', handler, 0),
    clearImmediate: clear,
  };
  readonly interval = {
    setInterval: (handler: () => void, durationMs = 0) => this.#set('interval', handler, durationMs),
    clearInterval: clear,
  };
  readonly timeout = {
    setTimeout: (handler: () => void, durationMs = 0) => this.#set('timeout', handler, durationMs),
    clearTimeout: clear,
  };
  readonly #scheduler: SchedulerLike;
  readonly #timers = new Heap<Timer>();
  #lastNumber = 0;

  constructor(scheduler: SchedulerLike) {
    this.#scheduler = scheduler;
  }

  #set(kind: Kind, handler: () => void, durationMs: number): Timer {
    this.#lastNumber += 1;
    const timer = new Timer(kind, this.#lastNumber, handler, durationMs, this.#timers);
    this.#start(timer);
    return timer;
  }

  #start(timer: Timer): void {
    if (!Number.isFinite(timer.durationMs)) return; // never due
    timer.dueAt = this.#scheduler.now() + timer.durationMs;
    this.#timers.place(timer);
    timer.turn = this.#scheduler.schedule(this.#runFirst, timer.durationMs);
  }

  /** A timer may have the turn of another one. Its own is then left over, and where that was cleared there is nothing to do. */
  readonly #runFirst = (): void => {
    const timer = this.#timers.first;
    if (timer === undefined || timer.dueAt > this.#scheduler.now()) return; // TestScheduler throws
    if (timer.kind === 'interval') this.#start(timer);
    else this.#timers.delete(timer);
    timer.handler();
  };
}

class Timer implements HeapMember {
  heapIndex = outside;
  dueAt = Number.POSITIVE_INFINITY;
  readonly order: number;
  readonly kind: Kind;
  readonly handler: () => void;
  readonly durationMs: number;
  /** When one of the timers that are due is run. */
  turn: Subscription | undefined;
  readonly #timers: Heap<Timer>;

  constructor(kind: Kind, number: number, handler: () => void, durationMs: number, timers: Heap<Timer>) {
    this.kind = kind;
    this.order = ranks[kind] * maxTimers + number;
    this.handler = handler;
    this.durationMs = durationMs;
    this.#timers = timers;
  }

  clear(): void {
    if (this.heapIndex === outside) return; // it has run, and another timer may have its turn
    this.turn?.unsubscribe();
    this.#timers.delete(this);
  }
}

/** One that was set outside the run is not its own. */
function clear(timer: unknown): void {
  if (timer instanceof Timer) timer.clear();
}
