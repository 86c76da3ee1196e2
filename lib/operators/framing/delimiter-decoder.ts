/** Finds the frames that end with a delimiter. */
import { Buffer } from 'node:buffer'; // the global one is behind a getter
import { nothing, ownMemory } from '../../values/bytes.js';
import { incomplete, tooLong } from './errors.js';
import type { Decoder } from './frame-by.js';
import { PartialFrame } from './partial-frame.js';

export interface DelimiterOptions {
  /** What messages call a frame. */
  readonly what: string;
  readonly delimiter: Buffer;
  /** A carriage return before the delimiter belongs to it. */
  readonly takesCr: boolean;
  readonly maxBytes: number;
  readonly unfinished: 'emit' | 'error';
}

const carriageReturn = 0x0d;
const shortBytes = 16;

export class DelimiterDecoder implements Decoder {
  readonly #options: DelimiterOptions;
  /** Of one byte a number, which is found in half the time. */
  readonly #delimiter: Buffer | number;
  readonly #partial = new PartialFrame();
  #bytes: Buffer = nothing;
  /** Where the next frame begins. */
  #start = 0;
  /** The last bytes of a chunk, in which a delimiter of several bytes may have begun: they are looked at with the next one. */
  #carry: Buffer = nothing;

  constructor(options: DelimiterOptions) {
    this.#options = options;
    const [first] = options.delimiter;
    this.#delimiter = options.delimiter.length === 1 ? (first as number) : options.delimiter;
  }

  write(bytes: Buffer): void {
    this.#bytes = this.#carry.length === 0 ? bytes : Buffer.concat([this.#carry, bytes]);
    this.#carry = nothing;
    this.#start = 0;
  }

  read(): Buffer | undefined {
    const start = this.#start;
    const end = this.#find(start);
    if (end === -1) {
      if (start < this.#bytes.length) this.#keep(this.#bytes.subarray(start));
      this.#bytes = nothing; // it may be long until the next ones
      return undefined;
    }
    this.#start = end + this.#options.delimiter.length;
    const frame = this.#partial.take(this.#bytes.subarray(start, end));
    const endsInCr = this.#options.takesCr && frame[frame.length - 1] === carriageReturn;
    return this.#checked(endsInCr ? frame.subarray(0, -1) : frame);
  }

  /** In a few bytes the call of `indexOf` would cost more than the search. */
  #find(start: number): number {
    const bytes = this.#bytes;
    const delimiter = this.#delimiter;
    if (bytes.length > shortBytes || typeof delimiter !== 'number') return bytes.indexOf(delimiter, start);
    for (let at = start; at < bytes.length; at++) if (bytes[at] === delimiter) return at;
    return -1;
  }

  end(): Buffer | undefined {
    const { what, unfinished } = this.#options;
    const length = this.#partial.length + this.#carry.length;
    if (length === 0) return undefined;
    if (unfinished === 'error') throw incomplete(what, length);
    return this.#checked(this.#partial.take(this.#carry));
  }

  #checked(frame: Buffer): Buffer {
    const { what, maxBytes } = this.#options;
    if (frame.length > maxBytes) throw tooLong(what, maxBytes);
    return frame;
  }

  #keep(rest: Buffer): void {
    const { delimiter, maxBytes, what } = this.#options;
    const carried = Math.min(delimiter.length - 1, rest.length);
    const length = this.#partial.length + rest.length;
    // Most are far below the limit, and need no comparison with the delimiter.
    if (length > maxBytes && length - this.#begunBytes(rest, carried) > maxBytes) throw tooLong(what, maxBytes);
    if (carried > 0) this.#carry = ownMemory(rest.subarray(rest.length - carried));
    this.#partial.add(rest.subarray(0, rest.length - carried));
  }

  /** How many of the last bytes, at most that many, may belong to the delimiter. */
  #begunBytes(rest: Buffer, most: number): number {
    const { delimiter, takesCr } = this.#options;
    if (takesCr && rest[rest.length - 1] === carriageReturn) return 1;
    let count = most; // none are always equal
    while (!rest.subarray(rest.length - count).equals(delimiter.subarray(0, count))) count -= 1;
    return count;
  }
}
