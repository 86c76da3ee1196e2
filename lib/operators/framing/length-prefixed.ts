/** Frames that begin with their length. */
import { Buffer } from 'node:buffer'; // the global one is behind a getter
import { map, type OperatorFunction } from 'rxjs';
import { type Bytes, bufferOf } from '../../values/bytes.js';
import { defaults } from '../../values/defaults.js';
import { flag, oneOf, readOptions } from '../../values/options.js';
import { tooLong } from './errors.js';
import { frameBy } from './frame-by.js';
import { LengthDecoder } from './length-decoder.js';
import { maxBytesRule, unfinishedRule } from './rules.js';

/** The options of `encodeLengthPrefixed`, and most of those of `lengthPrefixed`. */
export interface EncodeLengthPrefixedConfig {
  /** How many bytes the length takes. @default 4 */
  readonly headerBytes?: 1 | 2 | 4 | undefined;
  /** The order of its bytes. @default 'big' */
  readonly endian?: 'big' | 'little' | undefined;
  /** Whether it counts itself. @default false */
  readonly includesHeader?: boolean | undefined;
  /** The longest frame, without its length: 1 to 2147483647. A longer one errors. @default 1048576 */
  readonly maxBytes?: number | undefined;
}

/** The options of `lengthPrefixed`. */
export interface LengthPrefixedConfig extends EncodeLengthPrefixedConfig {
  /** What becomes of a frame that the end of the stream cuts: an error, or what came of it. @default 'error' */
  readonly unfinished?: 'emit' | 'error' | undefined;
}

const encodeRules = {
  headerBytes: oneOf(1, 2, 4),
  endian: oneOf('big', 'little'),
  includesHeader: flag,
  maxBytes: maxBytesRule,
};
const { unfinished, ...encodeDefaults } = defaults.lengthPrefixed;

/**
 * Cuts a stream of bytes into frames that begin with their length, and emits them without it.
 *
 * - A frame that came in one chunk is a view into it: a frame that is kept keeps the chunk.
 * - Cold; unsubscribing ends the source. Holds what has come of one frame, at most `maxBytes`; a length alone takes no memory.
 * - Errors with ERR_FRAME_TOO_LONG for a length above `maxBytes`, before the frame comes; with ERR_FRAME_INVALID for a length that
 *   counts itself and is shorter than that; with ERR_FRAME_INCOMPLETE where the source completes within a frame, unless
 *   `unfinished` is 'emit'.
 *
 * @throws TypeError, RangeError for an option that is unknown or out of range
 * @example tcpServer(7000, (chunks$) => chunks$.pipe(lengthPrefixed(), encodeLengthPrefixed())).subscribe();
 */
export function lengthPrefixed(config: LengthPrefixedConfig = {}): OperatorFunction<Bytes, Buffer> {
  const options = readOptions(config, { ...encodeRules, unfinished: unfinishedRule }, defaults.lengthPrefixed);
  return frameBy(() => new LengthDecoder(options));
}

/**
 * Begins each frame with its length.
 *
 * Errors with ERR_FRAME_TOO_LONG for a frame longer than `maxBytes`, or than its length can say.
 * @throws TypeError, RangeError for an option that is unknown or out of range
 */
export function encodeLengthPrefixed(config: EncodeLengthPrefixedConfig = {}): OperatorFunction<Bytes, Buffer> {
  const { headerBytes, endian, includesHeader, maxBytes } = readOptions(config, encodeRules, encodeDefaults);
  const ownBytes = includesHeader ? headerBytes : 0;
  const longest = Math.min(maxBytes, 256 ** headerBytes - 1 - ownBytes);
  return map((bytes) => {
    const frame = bufferOf(bytes);
    if (frame.length > longest) throw tooLong('frame', longest);
    const encoded = Buffer.allocUnsafe(headerBytes + frame.length);
    if (endian === 'big') encoded.writeUIntBE(frame.length + ownBytes, 0, headerBytes);
    else encoded.writeUIntLE(frame.length + ownBytes, 0, headerBytes);
    encoded.set(frame, headerBytes);
    return encoded;
  });
}
