/** One timer of a scheduler for thousands of due times. */
import { asyncScheduler, type SchedulerLike, type Subscription } from 'rxjs';
import { type Clock, monotonicClock } from './clock.js';
import { Heap, type HeapMember, outside } from './heap.js';

/** A member of a heap, which keeps its fields. */
export abstract class Timed implements HeapMember {
  /** Negative outside the heap. */
  heapIndex = outside;
  /** Infinity outside the heap. */
  dueAt = Number.POSITIVE_INFINITY;
  /** Members that are due at the same time are called in the order in which they were set. */
  order = 0;

  /** It is due and no longer in the heap. */
  abstract due(now: number): void;
}

/** Taken out because it is due, and not called yet. */
const firing = -2;

/** Those that have members in virtual time. */
const virtualHeaps = new Set<TimerHeap>();
/** One microtask for all: thousands of simulations can pass before it runs. */
let willClear = false;

/** asyncScheduler is virtual only during TestScheduler.run, which is synchronous: what is left after it is never due. */
function clearVirtualHeaps(): void {
  willClear = false;
  for (const heap of virtualHeaps) heap.clear();
}

/** A timer each would cost a third of the processor time of 10 000 slow connections, and in virtual time its square. */
export class TimerHeap {
  readonly #scheduler: SchedulerLike;
  readonly #members = new Heap<Timed>();
  #clock: Clock = performance;
  #timer: Subscription | undefined;
  #wakesAt = Number.POSITIVE_INFINITY;
  #lastOrder = 0;

  constructor(scheduler: SchedulerLike) {
    this.#scheduler = scheduler;
  }

  /** Calls `member.due` at that time of the monotonic clock, and not at the time set before. */
  set(member: Timed, dueAt: number): void {
    if (this.#members.size === 0) this.#begin();
    this.#lastOrder += 1;
    member.order = this.#lastOrder;
    member.dueAt = dueAt;
    this.#members.place(member);
    this.#wakeInTime();
  }

  delete(member: Timed): void {
    this.#remove(member);
    if (this.#members.size === 0) this.#end();
  }

  /** No member is called any more. */
  clear(): void {
    for (const member of [...this.#members]) this.delete(member);
  }

  #begin(): void {
    this.#clock = monotonicClock(this.#scheduler);
    if (this.#scheduler !== asyncScheduler || this.#clock === performance) return;
    virtualHeaps.add(this);
    if (!willClear) queueMicrotask(clearVirtualHeaps);
    willClear = true;
  }

  #end(): void {
    this.#sleep();
    virtualHeaps.delete(this);
  }

  /** Of a heap that has members. */
  #wakeInTime(): void {
    const { dueAt } = this.#members.first as Timed;
    if (dueAt >= this.#wakesAt) return; // if it wakes too early, it goes back to sleep
    this.#sleep();
    this.#wakesAt = dueAt;
    this.#timer = this.#scheduler.schedule(() => this.#wake(), Math.max(0, Math.ceil(dueAt - this.#clock.now())));
  }

  #sleep(): void {
    this.#timer?.unsubscribe();
    this.#timer = undefined;
    this.#wakesAt = Number.POSITIVE_INFINITY;
  }

  /** A member that is set again meanwhile is called in a later turn, even if it is due now. */
  #wake(): void {
    this.#sleep();
    const now = this.#clock.now();
    const due: Timed[] = [];
    for (let first = this.#members.first; first !== undefined && first.dueAt <= now; first = this.#members.first) {
      this.#remove(first);
      first.heapIndex = firing;
      due.push(first);
    }
    for (const member of due) {
      if (member.heapIndex !== firing) continue; // deleted or set again by another one
      member.heapIndex = outside;
      member.due(now);
    }
    if (this.#members.size === 0) this.#end();
    else this.#wakeInTime();
  }

  #remove(member: Timed): void {
    this.#members.delete(member);
    member.heapIndex = outside; // also where it was about to be called
    member.dueAt = Number.POSITIVE_INFINITY;
  }
}
