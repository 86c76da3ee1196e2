/** The fault `bandwidth`. */
import { limit } from '../../../values/options.js';
import { end, type Fault, type FaultOptions, type Item, makeFault, type Stage, type StageLink } from './fault.js';

export interface BandwidthConfig extends FaultOptions {
  /** How many bytes pass in a second. */
  readonly bytesPerSecond: number;
}

/**
 * Limits how fast bytes pass, in portions of a tenth of a second. What waits makes the sender wait.
 * @example faulty(nodeNetwork(), [bandwidth({ bytesPerSecond: 65_536, direction: 'outgoing' })])
 */
export function bandwidth(config: BandwidthConfig): Fault {
  const rules = { bytesPerSecond: { ...limit(1), required: true } };
  return makeFault('bandwidth', config, rules, {}, ({ bytesPerSecond }, link) => new Throttle(bytesPerSecond, link));
}

const portionMs = 100;

class Throttle implements Stage {
  readonly #bytesPerMs: number;
  readonly #link: StageLink;
  readonly #waiting: Item[] = [];
  #isBusy = false;

  constructor(bytesPerSecond: number, link: StageLink) {
    this.#bytesPerMs = bytesPerSecond / 1_000;
    this.#link = link;
  }

  take(item: Item): void {
    this.#waiting.push(item);
    if (!this.#isBusy) this.#passSome();
  }

  release(): void {
    for (const item of this.#waiting.splice(0)) this.#link.pass(item);
  }

  /** A portion passes once the time that it takes is over. */
  #passSome(): void {
    const [next] = this.#waiting;
    this.#isBusy = next !== undefined;
    if (next === undefined) return;
    if (next === end) {
      this.#waiting.shift();
      this.#link.pass(end);
      this.#passSome();
      return;
    }
    const bytes = Math.min(next.length, Math.max(1, Math.floor(this.#bytesPerMs * portionMs)));
    this.#link.after(bytes / this.#bytesPerMs, () => {
      const [first] = this.#waiting;
      if (first !== undefined && first !== end) {
        if (first.length > bytes) this.#waiting[0] = first.subarray(bytes);
        else this.#waiting.shift();
        this.#link.pass(first.subarray(0, bytes));
      }
      this.#passSome();
    });
  }
}
