/** The fault `slicer`. */
import { integer, maxTimerMs } from '../../../values/options.js';
import { end, type Fault, type FaultOptions, type Item, makeFault, type Stage, type StageLink } from './fault.js';

export interface SlicerConfig extends FaultOptions {
  /** How long a slice is on average. */
  readonly bytes: number;
  /** By how much a slice may be longer or shorter. @default 0 */
  readonly variation?: number | undefined;
  /** How long each slice waits for the one before. @default 0 */
  readonly delayMs?: number | undefined;
}

/**
 * Cuts chunks into slices, which arrive one by one: what a program must bear of TCP, and seldom sees on loopback.
 * @example faulty(nodeNetwork(), [slicer({ bytes: 3, variation: 2, delayMs: 1 })])
 */
export function slicer(config: SlicerConfig): Fault {
  const rules = {
    bytes: { ...integer(1, maxTimerMs), required: true },
    variation: integer(0, maxTimerMs),
    delayMs: integer(0, maxTimerMs),
  };
  return makeFault('slicer', config, rules, { variation: 0, delayMs: 0 }, (options, link) => new Slicer(options, link));
}

class Slicer implements Stage {
  readonly #options: Required<SlicerConfig>;
  readonly #link: StageLink;
  readonly #slices: Item[] = [];
  /** How much of the slice that is being cut is still to come: slices do not begin anew with each chunk. */
  #lackingBytes = 0;
  #isBusy = false;

  constructor(options: Required<SlicerConfig>, link: StageLink) {
    this.#options = options;
    this.#link = link;
  }

  take(item: Item): void {
    if (item === end) this.#slices.push(end);
    else this.#cut(item);
    if (!this.#isBusy) this.#passNext();
  }

  release(): void {
    for (const slice of this.#slices.splice(0)) this.#link.pass(slice);
  }

  #cut(bytes: Uint8Array): void {
    for (let start = 0; start < bytes.length; ) {
      if (this.#lackingBytes === 0) this.#lackingBytes = this.#nextLength();
      const slice = bytes.subarray(start, start + this.#lackingBytes);
      this.#lackingBytes -= slice.length;
      start += slice.length;
      this.#slices.push(slice);
    }
  }

  #nextLength(): number {
    const { bytes, variation } = this.#options as { bytes: number; variation: number };
    return Math.max(1, Math.round(bytes + variation * (2 * this.#link.random() - 1)));
  }

  #passNext(): void {
    const slice = this.#slices.shift();
    this.#isBusy = slice !== undefined;
    if (slice === undefined) return;
    this.#link.pass(slice);
    this.#link.after(this.#options.delayMs as number, () => this.#passNext());
  }
}
