/** The fault `latency`. */
import { integer, maxTimerMs } from '../../../values/options.js';
import { type Fault, type FaultOptions, type Item, makeFault, type Stage, type StageLink } from './fault.js';

export interface LatencyConfig extends FaultOptions {
  /** How much later everything arrives, ends included. */
  readonly ms: number;
  /** Each time up to this much more or less. @default 0 */
  readonly jitterMs?: number | undefined;
}

/**
 * Delays what passes. What was sent in order arrives in order: a delay that jitter makes shorter waits for the one before.
 * @example faulty(nodeNetwork(), [latency({ ms: 200, jitterMs: 50 })])
 */
export function latency(config: LatencyConfig): Fault {
  const duration = integer(0, maxTimerMs);
  const rules = { ms: { ...duration, required: true }, jitterMs: duration };
  return makeFault('latency', config, rules, { jitterMs: 0 }, (options, link) => new LatencyStage(options, link));
}

class LatencyStage implements Stage {
  readonly #options: Required<LatencyConfig>;
  readonly #link: StageLink;
  readonly #held: Item[] = [];
  #lastDueAt = 0;

  constructor(options: Required<LatencyConfig>, link: StageLink) {
    this.#options = options;
    this.#link = link;
  }

  take(item: Item): void {
    const { ms, jitterMs } = this.#options as { ms: number; jitterMs: number };
    const now = this.#link.scheduler.now();
    const delayMs = Math.max(0, ms + jitterMs * (2 * this.#link.random() - 1));
    this.#lastDueAt = Math.max(this.#lastDueAt, now + delayMs);
    this.#held.push(item);
    this.#link.after(this.#lastDueAt - now, () => this.#passNext());
  }

  release(): void {
    while (this.#held.length > 0) this.#passNext();
  }

  #passNext(): void {
    const item = this.#held.shift();
    if (item !== undefined) this.#link.pass(item);
  }
}
