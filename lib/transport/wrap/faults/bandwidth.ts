/** The fault `bandwidth`. */
import Queue from 'yocto-queue';
import { limit, readOptions, required } from '../../../values/options.js';
import { end, type Fault, type Item, makeFault, type Stage, type StageLink, sizeOf } from './fault.js';
import { type FaultOptions, faultDefaults, faultRules } from './fault-options.js';

/** The options of `bandwidth`. */
export interface BandwidthConfig extends FaultOptions {
  /** How many bytes pass in a second. */
  readonly bytesPerSecond: number;
}

/**
 * Limits how fast bytes pass, in portions of at most a tenth of a second. What waits makes the sender wait.
 * @throws TypeError, RangeError for an option that is unknown or out of range
 * @example faulty(nodeNetwork(), [bandwidth({ bytesPerSecond: 65_536, direction: 'outgoing' })])
 */
export function bandwidth(config: BandwidthConfig): Fault {
  const rules = { ...faultRules, bytesPerSecond: required(limit(1)) };
  const options = readOptions(config, rules, faultDefaults);
  return makeFault('bandwidth', options, (link) => new Throttle(options.bytesPerSecond, link));
}

const portionMs = 100;

class Throttle implements Stage {
  readonly #bytesPerMs: number;
  readonly #link: StageLink;
  readonly #waiting = new Queue<Item>();
  #waitingBytes = 0;
  /** Of the first one that waits. */
  #passedBytes = 0;
  #isBusy = false;
  /** When the last portion has passed: a timer that is late delays no other portion. */
  #freeAt = 0;

  constructor(bytesPerSecond: number, link: StageLink) {
    this.#bytesPerMs = bytesPerSecond / 1_000;
    this.#link = link;
  }

  take(item: Item): void {
    this.#waiting.enqueue(item);
    this.#waitingBytes += sizeOf(item);
    if (this.#isBusy) return;
    this.#freeAt = this.#link.clock.now();
    this.#beginPortion();
  }

  release(): void {
    this.#pass(this.#waitingBytes);
  }

  /** A portion passes once the time that it takes is over. */
  #beginPortion(): void {
    this.#isBusy = this.#waiting.size > 0;
    if (!this.#isBusy) return;
    const bytes = Math.min(this.#waitingBytes, Math.max(1, Math.floor(this.#bytesPerMs * portionMs)));
    this.#freeAt += bytes / this.#bytesPerMs;
    this.#link.after(Math.max(0, this.#freeAt - this.#link.clock.now()), () => {
      this.#pass(bytes);
      this.#beginPortion();
    });
  }

  /** Passes as many bytes, and the end if it is next. */
  #pass(bytes: number): void {
    let leftBytes = bytes;
    for (let first = this.#waiting.peek(); first !== undefined; first = this.#waiting.peek()) {
      if (first !== end && leftBytes === 0) return;
      const passed = first === end ? end : first.subarray(this.#passedBytes, this.#passedBytes + leftBytes);
      const passedBytes = sizeOf(passed);
      leftBytes -= passedBytes;
      this.#waitingBytes -= passedBytes;
      this.#passedBytes += passedBytes;
      if (first === end || this.#passedBytes >= first.length) {
        this.#waiting.dequeue();
        this.#passedBytes = 0;
      }
      this.#link.pass(passed);
    }
  }
}
