/** The fault `slicer`. */
import Queue from 'yocto-queue';
import { integer, maxTimerMs, type Options, readOptions, required } from '../../../values/options.js';
import { deviation } from '../../../values/random.js';
import { end, type Fault, type Item, makeFault, type Stage, type StageLink } from './fault.js';
import { duration, type FaultOptions, faultDefaults, faultRules } from './fault-options.js';

/** The options of `slicer`. */
export interface SlicerConfig extends FaultOptions {
  /** How long a slice is on average. */
  readonly bytes: number;
  /** By how much a slice may be longer or shorter. @default 0 */
  readonly variation?: number | undefined;
  /** How long each slice waits for the one before. 0: the kernel may join those that are sent. @default 0 */
  readonly delayMs?: number | undefined;
}

const slicerDefaults = Object.freeze({ ...faultDefaults, variation: 0, delayMs: 0 });

type SlicerOptions = Options<SlicerConfig, typeof slicerDefaults>;

/**
 * Cuts chunks into slices, which arrive one by one: what a program must bear of TCP, and seldom sees on loopback.
 * @throws TypeError, RangeError for an option that is unknown or out of range
 * @example faulty(nodeNetwork(), [slicer({ bytes: 3, variation: 2, delayMs: 1 })])
 */
export function slicer(config: SlicerConfig): Fault {
  const rules = {
    ...faultRules,
    bytes: required(integer(1, maxTimerMs)),
    variation: integer(0, maxTimerMs),
    delayMs: duration,
  };
  const options = readOptions(config, rules, slicerDefaults);
  return makeFault('slicer', options, (link) => new Slicer(options, link));
}

class Slicer implements Stage {
  readonly #options: SlicerOptions;
  readonly #link: StageLink;
  readonly #slices = new Queue<Item>();
  /** What the last slice lacks: slices do not begin anew with each chunk. */
  #lackingBytes = 0;
  #isWaiting = false;

  constructor(options: SlicerOptions, link: StageLink) {
    this.#options = options;
    this.#link = link;
  }

  take(item: Item): void {
    if (item === end) this.#slices.enqueue(end);
    else this.#cut(item);
    if (!this.#isWaiting) this.#passNext();
  }

  release(): void {
    for (const slice of this.#slices.drain()) this.#link.pass(slice);
  }

  #cut(bytes: Uint8Array): void {
    for (let start = 0; start < bytes.length; ) {
      if (this.#lackingBytes === 0) this.#lackingBytes = this.#nextLength();
      const slice = bytes.subarray(start, start + this.#lackingBytes);
      this.#lackingBytes -= slice.length;
      start += slice.length;
      this.#slices.enqueue(slice);
    }
  }

  #nextLength(): number {
    const { bytes, variation } = this.#options;
    return Math.max(1, bytes + deviation(variation, this.#link.random));
  }

  #passNext(): void {
    if (this.#options.delayMs === 0) {
      this.release();
      return;
    }
    const slice = this.#slices.dequeue();
    this.#isWaiting = slice !== undefined;
    if (slice === undefined) return;
    this.#link.after(this.#options.delayMs, () => this.#passNext());
    this.#link.pass(slice);
  }
}
