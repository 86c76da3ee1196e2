/** One timer of a scheduler for thousands of due times. */
import { asyncScheduler, type SchedulerLike, type Subscription } from 'rxjs';
import { type Clock, monotonicClock } from './clock.js';

export interface Timed {
  /** Where in its heap it is; `notTimed` before and after. The heap keeps it. */
  heapIndex: number;
  /** Infinity outside of a heap. The heap keeps it. */
  dueAt: number;
  /** Members that are due at the same time are called in the order in which they were set. The heap keeps it. */
  order: number;
  /** It is due and no longer in the heap. */
  due(now: number): void;
}

export const notTimed = -1;

/** Taken out because it is due, and not called yet. */
const firing = -2;

/**
 * A timer for each member costs the process more (10 000 slow connections a third of their processor time), and in virtual time a cost that
 * grows with the square of their number: a TestScheduler sorts all its actions each time one is scheduled.
 */
export class TimerHeap {
  readonly #scheduler: SchedulerLike;
  readonly #members: Timed[] = [];
  #clock: Clock | undefined;
  #timer: Subscription | undefined;
  #wakesAt = Number.POSITIVE_INFINITY;
  #lastOrder = 0;

  constructor(scheduler: SchedulerLike) {
    this.#scheduler = scheduler;
  }

  /** Calls `member.due` at that time of the monotonic clock, and not at the time set before. Infinity: not at all. */
  set(member: Timed, dueAt: number): void {
    if (dueAt === Number.POSITIVE_INFINITY) {
      this.delete(member);
      return;
    }
    if (this.#members.length === 0) this.#begin();
    member.dueAt = dueAt;
    this.#lastOrder += 1;
    member.order = this.#lastOrder;
    if (member.heapIndex < 0) {
      member.heapIndex = this.#members.length;
      this.#members.push(member);
    }
    this.#rise(member);
    this.#sink(member);
    this.#wakeInTime();
  }

  delete(member: Timed): void {
    if (member.heapIndex >= 0) {
      this.#remove(member);
      if (this.#members.length === 0) this.#sleep();
    }
    member.heapIndex = notTimed;
  }

  #begin(): void {
    this.#clock = monotonicClock(this.#scheduler);
    // asyncScheduler runs in virtual time only while TestScheduler.run does, which is synchronous. What a run leaves behind, because a
    // test threw, is never due.
    const isInRun = this.#scheduler === asyncScheduler && this.#clock !== performance;
    if (isInRun) queueMicrotask(() => this.#clear());
  }

  #clear(): void {
    for (const member of this.#members.splice(0)) leave(member);
    this.#sleep();
  }

  #wakeInTime(): void {
    const dueAt = this.#members[0]?.dueAt ?? Number.POSITIVE_INFINITY;
    if (dueAt >= this.#wakesAt) return; // where it wakes too early, it goes back to sleep
    this.#sleep();
    this.#wakesAt = dueAt;
    const delayMs = Math.max(0, Math.ceil(dueAt - this.#now()));
    this.#timer = this.#scheduler.schedule(() => this.#wake(), delayMs);
  }

  #sleep(): void {
    this.#timer?.unsubscribe();
    this.#timer = undefined;
    this.#wakesAt = Number.POSITIVE_INFINITY;
  }

  /** Members that are set again meanwhile are due in a later turn, even if they are due now. */
  #wake(): void {
    this.#sleep();
    const now = this.#now();
    const due: Timed[] = [];
    for (let first = this.#members[0]; first !== undefined && first.dueAt <= now; first = this.#members[0]) {
      this.#remove(first);
      first.heapIndex = firing;
      due.push(first);
    }
    for (const member of due) {
      if (member.heapIndex !== firing) continue; // deleted or set again by another one
      member.heapIndex = notTimed;
      member.due(now);
    }
    this.#wakeInTime();
  }

  #now(): number {
    return (this.#clock as Clock).now();
  }

  #remove(member: Timed): void {
    const { heapIndex } = member;
    const last = this.#members.pop() as Timed;
    leave(member);
    if (last === member) return;
    last.heapIndex = heapIndex;
    this.#members[heapIndex] = last;
    this.#rise(last);
    this.#sink(last);
  }

  /** Towards the first place. */
  #rise(member: Timed): void {
    for (;;) {
      const parent = this.#members[(member.heapIndex - 1) >> 1];
      if (parent === undefined || isBefore(parent, member)) return;
      this.#swap(member, parent);
    }
  }

  #sink(member: Timed): void {
    for (;;) {
      const left = this.#members[2 * member.heapIndex + 1];
      const right = this.#members[2 * member.heapIndex + 2];
      const first = left !== undefined && right !== undefined && isBefore(right, left) ? right : left;
      if (first === undefined || isBefore(member, first)) return;
      this.#swap(member, first);
    }
  }

  #swap(a: Timed, b: Timed): void {
    const { heapIndex } = a;
    a.heapIndex = b.heapIndex;
    b.heapIndex = heapIndex;
    this.#members[a.heapIndex] = a;
    this.#members[b.heapIndex] = b;
  }
}

function isBefore(a: Timed, b: Timed): boolean {
  return a.dueAt < b.dueAt || (a.dueAt === b.dueAt && a.order < b.order);
}

function leave(member: Timed): void {
  member.heapIndex = notTimed;
  member.dueAt = Number.POSITIVE_INFINITY;
}
