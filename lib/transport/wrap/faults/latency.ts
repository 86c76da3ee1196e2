/** The fault `latency`. */
import Queue from 'yocto-queue';
import { type Options, readOptions, required } from '../../../values/options.js';
import { deviation } from '../../../values/random.js';
import { type Fault, type Item, makeFault, type Stage, type StageLink } from './fault.js';
import { duration, type FaultOptions, faultDefaults, faultRules } from './fault-options.js';

/** The options of `latency`. */
export interface LatencyConfig extends FaultOptions {
  /** How much later everything arrives, ends included. */
  readonly ms: number;
  /** The delay of each chunk is up to this much longer or shorter. @default 0 */
  readonly jitterMs?: number | undefined;
}

const latencyDefaults = Object.freeze({ ...faultDefaults, jitterMs: 0 });

type LatencyOptions = Options<LatencyConfig, typeof latencyDefaults>;

/**
 * Delays what passes. What was sent in order arrives in order: what jitter would bring forward waits for what is ahead of it.
 * @throws TypeError, RangeError for an option that is unknown or out of range
 * @example faulty(nodeNetwork(), [latency({ ms: 200, jitterMs: 50 })])
 */
export function latency(config: LatencyConfig): Fault {
  const options = readOptions(config, { ...faultRules, ms: required(duration), jitterMs: duration }, latencyDefaults);
  return makeFault('latency', options, (link) => new Delay(options, link));
}

class Delay implements Stage {
  readonly isInFlight = true;
  readonly #options: LatencyOptions;
  readonly #link: StageLink;
  readonly #held = new Queue<{ readonly item: Item; readonly dueAt: number }>();

  constructor(options: LatencyOptions, link: StageLink) {
    this.#options = options;
    this.#link = link;
  }

  take(item: Item): void {
    const { ms, jitterMs } = this.#options;
    const delayMs = Math.max(0, ms + deviation(jitterMs, this.#link.random));
    this.#held.enqueue({ item, dueAt: this.#link.clock.now() + delayMs });
    if (this.#held.size === 1) this.#awaitFirst();
  }

  release(): void {
    this.#passUntil(Number.POSITIVE_INFINITY);
  }

  #awaitFirst(): void {
    const first = this.#held.peek();
    if (first === undefined) return;
    this.#link.after(Math.max(0, first.dueAt - this.#link.clock.now()), () => {
      this.#passUntil(Math.max(first.dueAt, this.#link.clock.now())); // a timer may be early, by less than it is exact
      this.#awaitFirst();
    });
  }

  #passUntil(time: number): void {
    for (let first = this.#held.peek(); first !== undefined && first.dueAt <= time; first = this.#held.peek()) {
      this.#held.dequeue();
      this.#link.pass(first.item);
    }
  }
}
