/** One direction of a faulty connection: its stages, one behind the other. */
import { end, type Fault, type Item, type Stage, type StageLink } from './fault.js';

/** What all stages of a connection share. */
export type Shared = Omit<StageLink, 'pass' | 'drop' | 'random'>;

/** A fault, with random numbers of its own. */
export interface Strike {
  readonly fault: Fault;
  random(): number;
}

export class Direction {
  /** What the stages hold. */
  heldBytes = 0;
  readonly #shared: Shared;
  readonly #deliver: (item: Item) => void;
  #stages: readonly Stage[] = [];

  constructor(shared: Shared, deliver: (item: Item) => void) {
    this.#shared = shared;
    this.#deliver = deliver;
  }

  /** No fault strikes. */
  get isClear(): boolean {
    return this.#stages.length === 0;
  }

  /** From now on these faults strike; what the ones before hold passes first. */
  strike(strikes: readonly Strike[]): void {
    for (const stage of this.#stages) stage.release?.(); // into the next one, which is released behind it
    const stages: Stage[] = [];
    this.#stages = stages;
    for (const [index, { fault, random }] of strikes.entries()) {
      const link: StageLink = {
        ...this.#shared,
        after: (delayMs, work) =>
          this.#shared.after(delayMs, () => {
            if (this.#stages === stages) work();
          }),
        random,
        pass: (item) => this.#pass(stages, index + 1, item),
        drop: (bytes) => this.#leave(bytes),
      };
      if (fault.begin) stages.push(fault.begin(link));
    }
  }

  take(item: Item): void {
    this.heldBytes += sizeOf(item);
    this.#pass(this.#stages, 0, item);
  }

  /** `stages` are the ones that the item began with: they may have been replaced since. */
  #pass(stages: readonly Stage[], index: number, item: Item): void {
    const next = stages[index];
    if (next !== undefined) {
      next.take(item);
      return;
    }
    this.#leave(sizeOf(item));
    this.#deliver(item);
  }

  #leave(bytes: number): void {
    this.heldBytes -= bytes;
  }
}

function sizeOf(item: Item): number {
  return item === end ? 0 : item.length;
}
