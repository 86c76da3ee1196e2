/** Finds the frames that begin with their length, or that all have one. */
import { Buffer } from 'node:buffer'; // the global one is behind a getter
import { nothing } from '../../values/bytes.js';
import { incomplete, invalid, tooLong } from './errors.js';
import type { Decoder } from './frame-by.js';
import { PartialFrame } from './partial-frame.js';

export interface LengthOptions {
  /** 0: no frame has a length, and each is `maxBytes` long. */
  readonly headerBytes: 0 | 1 | 2 | 4;
  readonly endian: 'big' | 'little';
  readonly includesHeader: boolean;
  readonly maxBytes: number;
  readonly unfinished: 'emit' | 'error';
}

export class LengthDecoder implements Decoder {
  readonly #options: LengthOptions;
  readonly #partial = new PartialFrame();
  #bytes: Buffer = nothing;
  /** Where the next frame, or the rest of this one, begins. */
  #start = 0;
  /** What has come of a length that two chunks share. */
  #header: Buffer = nothing;
  /** Of the frame that is read; undefined before its length has come. */
  #length: number | undefined;

  constructor(options: LengthOptions) {
    this.#options = options;
  }

  write(bytes: Buffer): void {
    this.#bytes = this.#header.length === 0 ? bytes : Buffer.concat([this.#header, bytes]);
    this.#header = nothing;
    this.#start = 0;
  }

  read(): Buffer | undefined {
    this.#length ??= this.#readLength();
    if (this.#length === undefined) return undefined;
    const end = this.#start + this.#length - this.#partial.length;
    if (end > this.#bytes.length) {
      this.#partial.add(this.#bytes.subarray(this.#start));
      this.#forget();
      return undefined;
    }
    const frame = this.#partial.take(this.#bytes.subarray(this.#start, end));
    this.#start = end;
    this.#length = undefined;
    return frame;
  }

  end(): Buffer | undefined {
    const bytes = this.#header.length + this.#partial.length;
    if (this.#length === undefined && bytes === 0) return undefined;
    if (this.#options.unfinished === 'error' || this.#length === undefined) throw incomplete('frame', bytes);
    return this.#partial.take(nothing);
  }

  /** It may be long until the next bytes. */
  #forget(): void {
    this.#bytes = nothing;
    this.#start = 0;
  }

  #readLength(): number | undefined {
    const { headerBytes, endian, includesHeader, maxBytes } = this.#options;
    const start = this.#start;
    if (headerBytes === 0 && start < this.#bytes.length) return maxBytes;
    if (headerBytes === 0 || start + headerBytes > this.#bytes.length) {
      this.#header = Buffer.from(this.#bytes.subarray(start));
      this.#forget();
      return undefined;
    }
    this.#start = start + headerBytes;
    const said = lengthAt(this.#bytes, start, headerBytes, endian);
    const length = includesHeader ? said - headerBytes : said;
    if (length < 0) throw invalid(`A frame has a length of ${said}, which counts its own ${headerBytes} bytes`);
    if (length > maxBytes) throw tooLong('frame', maxBytes);
    return length;
  }
}

/** By hand: Buffer's `readUIntBE` checks what is known here, and takes a sixth of the time of a short frame. */
function lengthAt(bytes: Buffer, start: number, headerBytes: number, endian: LengthOptions['endian']): number {
  let length = 0;
  for (let index = 0; index < headerBytes; index += 1) {
    const place = endian === 'big' ? index : headerBytes - 1 - index;
    length = length * 256 + (bytes[start + place] as number);
  }
  return length;
}
