/** RxJS's TestScheduler with a heap as its queue. */
import { type SchedulerAction, type Subscription, VirtualAction } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { Heap, type HeapMember, outside } from '../values/heap.js';
import { VirtualTimers } from './virtual-timers.js';

/**
 * A TestScheduler of RxJS for programs with thousands of timers: marbles, `run` and the order of all actions are the same.
 *
 * TestScheduler sorts all actions each time one is scheduled, and `run` looks through all timers of RxJS's default scheduler each time one
 * is due, so that its cost grows with the square of their number. Here it grows with the number. `actions` stays empty.
 * @example new HeapTestScheduler(deepStrictEqual).run(({ expectObservable }) => expectObservable(timer(2)).toBe('--(a|)', { a: 0 }));
 */
export class HeapTestScheduler extends TestScheduler {
  readonly #queue = new Heap<HeapAction<unknown>>();

  /** `assertDeepEqual` throws where what was seen is not what was expected. */
  constructor(assertDeepEqual: (actual: unknown, expected: unknown) => void) {
    super(assertDeepEqual);
    // Private in RxJS's types, so it cannot be overridden in the class. `run` calls it.
    Object.assign(this, { createDelegates: () => new VirtualTimers(this) });
  }

  override schedule<T>(work: (this: SchedulerAction<T>, state?: T) => void, delay = 0, state?: T): Subscription {
    return new HeapAction(this, work, this.#queue).schedule(state, delay);
  }

  override flush(): void {
    for (let hot = this.hotObservables.shift(); hot; hot = this.hotObservables.shift()) hot.setup();
    while (this.step());
    super.flush(); // has nothing to do but to compare what was seen with what was expected
  }

  /** @internal Executes the next action. False: there is none until `maxFrames`. */
  step(): boolean {
    const next = this.#queue.first;
    if (next === undefined || next.dueAt > this.maxFrames) return false;
    this.#queue.delete(next);
    this.frame = next.dueAt;
    const error: unknown = next.execute(next.state, next.delay);
    if (error) {
      this.clear();
      throw error;
    }
    return true;
  }

  /** @internal Executes what is due now, and not what that schedules. */
  turn(): void {
    const due = [...this.#queue].filter(({ dueAt }) => dueAt <= this.frame);
    for (let left = due.length; left > 0 && this.dueAt === this.frame; left -= 1) this.step();
  }

  /** @internal Drops what is scheduled. */
  clear(): void {
    for (const action of this.#queue) action.unsubscribe();
  }

  /** @internal When the next action is due; undefined: there is none. */
  get dueAt(): number | undefined {
    return this.#queue.first?.dueAt;
  }
}

class HeapAction<T> extends VirtualAction<T> implements HeapMember {
  heapIndex = outside;
  dueAt = Number.POSITIVE_INFINITY;
  readonly order: number;
  readonly #queue: Heap<HeapAction<unknown>>;

  constructor(
    scheduler: HeapTestScheduler,
    work: (this: SchedulerAction<T>, state?: T) => void,
    queue: Heap<HeapAction<unknown>>,
  ) {
    super(scheduler, work);
    this.order = this.index;
    this.#queue = queue;
  }

  /** As VirtualAction does, but an action that is scheduled again is one of this class. */
  override schedule(state?: T, delay = 0): Subscription {
    if (!this.id || !Number.isFinite(delay)) return super.schedule(state, delay);
    this.active = false;
    const again = new HeapAction(this.scheduler as HeapTestScheduler, this.work, this.#queue);
    this.add(again);
    return again.schedule(state, delay);
  }

  protected override requestAsyncId(scheduler: HeapTestScheduler, _id?: unknown, delay = 0): number {
    this.delay = scheduler.frame + delay;
    this.dueAt = this.delay;
    this.#queue.place(this as HeapAction<unknown>);
    return 1;
  }

  override unsubscribe(): void {
    this.#queue.delete(this as HeapAction<unknown>);
    super.unsubscribe();
  }
}
