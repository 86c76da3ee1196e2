/** One timer of a scheduler for thousands of due times. */
import { asyncScheduler, type SchedulerLike, type Subscription } from 'rxjs';
import { type Clock, monotonicClock } from './clock.js';

/** A member of a heap, which keeps its fields. */
export abstract class Timed {
  /** Negative outside the heap. */
  heapIndex = outside;
  /** Infinity outside the heap. */
  dueAt = Number.POSITIVE_INFINITY;
  /** Members that are due at the same time are called in the order in which they were set. */
  order = 0;

  /** It is due and no longer in the heap. */
  abstract due(now: number): void;
}

const outside = -1;
/** Taken out because it is due, and not called yet. */
const firing = -2;

/** A timer each would cost a third of the processor time of 10 000 slow connections, and in virtual time its square. */
export class TimerHeap {
  readonly #scheduler: SchedulerLike;
  readonly #members: Timed[] = [];
  #clock: Clock = performance;
  #timer: Subscription | undefined;
  #wakesAt = Number.POSITIVE_INFINITY;
  #lastOrder = 0;

  constructor(scheduler: SchedulerLike) {
    this.#scheduler = scheduler;
  }

  /** Calls `member.due` at that time of the monotonic clock, and not at the time set before. */
  set(member: Timed, dueAt: number): void {
    if (this.#members.length === 0) this.#begin();
    if (member.heapIndex < 0) member.heapIndex = this.#members.push(member) - 1;
    this.#lastOrder += 1;
    member.order = this.#lastOrder;
    member.dueAt = dueAt;
    this.#place(member);
    this.#wakeInTime();
  }

  delete(member: Timed): void {
    if (member.heapIndex >= 0) this.#remove(member);
    member.heapIndex = outside;
    if (this.#members.length === 0) this.#sleep();
  }

  #begin(): void {
    this.#clock = monotonicClock(this.#scheduler);
    // asyncScheduler is virtual only during TestScheduler.run, which is synchronous: what is left is never due.
    if (this.#scheduler !== asyncScheduler || this.#clock === performance) return;
    queueMicrotask(() => {
      for (const member of [...this.#members]) this.delete(member);
    });
  }

  #wakeInTime(): void {
    const dueAt = this.#members[0]?.dueAt ?? Number.POSITIVE_INFINITY;
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
    for (let first = this.#members[0]; first !== undefined && first.dueAt <= now; first = this.#members[0]) {
      this.#remove(first);
      first.heapIndex = firing;
      due.push(first);
    }
    for (const member of due) {
      if (member.heapIndex !== firing) continue; // deleted or set again by another one
      member.heapIndex = outside;
      member.due(now);
    }
    this.#wakeInTime();
  }

  #remove(member: Timed): void {
    const last = this.#members.pop() as Timed;
    member.dueAt = Number.POSITIVE_INFINITY;
    if (last === member) return;
    last.heapIndex = member.heapIndex;
    this.#place(last);
  }

  /** Moves a member from its index up past those that come later, or down past those that come sooner. */
  #place(member: Timed): void {
    const members = this.#members as readonly Timed[];
    let index = member.heapIndex;
    for (let above = members[(index - 1) >> 1]; above && isBefore(member, above); above = members[(index - 1) >> 1]) {
      index = this.#put(above, index);
    }
    for (;;) {
      const left = members[2 * index + 1];
      const right = members[2 * index + 2];
      const below = left && right && isBefore(right, left) ? right : left;
      if (!below || !isBefore(below, member)) break;
      index = this.#put(below, index);
    }
    this.#put(member, index);
  }

  /** Returns the index that is free now. */
  #put(member: Timed, index: number): number {
    const { heapIndex } = member;
    this.#members[index] = member;
    member.heapIndex = index;
    return heapIndex;
  }
}

function isBefore(a: Timed, b: Timed): boolean {
  return a.dueAt < b.dueAt || (a.dueAt === b.dueAt && a.order < b.order);
}
