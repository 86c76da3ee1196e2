/** Frames that end with a delimiter. */
import { map, type OperatorFunction } from 'rxjs';
import { type Bytes, bufferOf, isBytes } from '../../values/bytes.js';
import { defaults } from '../../values/defaults.js';
import { type Rule, readOptions, required } from '../../values/options.js';
import { DelimiterDecoder } from './delimiter-decoder.js';
import { endFrame } from './end-frame.js';
import { frameBy } from './frame-by.js';
import { maxBytesRule, unfinishedRule } from './rules.js';

/** The options of `delimited`. */
export interface DelimitedConfig {
  /** What ends a frame, at least one byte; a string is UTF-8. */
  readonly delimiter: Bytes;
  /** The longest frame, without its delimiter: 1 to 2147483647. A longer one errors. @default 65536 */
  readonly maxBytes?: number | undefined;
  /** What becomes of bytes after the last delimiter: an error, or a frame. @default 'error' */
  readonly unfinished?: 'emit' | 'error' | undefined;
}

/** The options of `encodeDelimited`. */
export type EncodeDelimitedConfig = Omit<DelimitedConfig, 'unfinished'>;

const delimiterRule: Rule = {
  expected: 'bytes or a string, not empty',
  accepts: (value) => isBytes(value) && value.length > 0,
};

const encodeRules = { delimiter: required(delimiterRule), maxBytes: maxBytesRule };

/**
 * Cuts a stream of bytes into frames that end with a delimiter, and emits them without it.
 *
 * - A frame that came in one chunk is a view into it: a frame that is kept keeps the chunk.
 * - Cold; unsubscribing ends the source. Holds what has come of one frame, at most `maxBytes`.
 * - Errors with ERR_FRAME_TOO_LONG as soon as a frame is known to be longer than `maxBytes`; with ERR_FRAME_INCOMPLETE where the
 *   source completes within a frame, unless `unfinished` is 'emit'.
 *
 * @throws TypeError, RangeError for an option that is unknown or out of range
 * @example createReadStream('log').pipe(delimited({ delimiter: '\0' }))
 */
export function delimited(config: DelimitedConfig): OperatorFunction<Bytes, Buffer> {
  const rules = { ...encodeRules, unfinished: unfinishedRule };
  const { delimiter, ...options } = readOptions(config, rules, defaults.delimited);
  const decoding = { what: 'frame', delimiter: bufferOf(delimiter), takesCr: false, ...options };
  return frameBy(() => new DelimiterDecoder(decoding));
}

/**
 * Ends each frame with a delimiter.
 *
 * Errors with ERR_FRAME_TOO_LONG for a frame longer than `maxBytes`, and with ERR_FRAME_INVALID for one that holds the delimiter:
 * `delimited` would refuse the one and cut the other.
 * @throws TypeError, RangeError for an option that is unknown or out of range
 */
export function encodeDelimited(config: EncodeDelimitedConfig): OperatorFunction<Bytes, Buffer> {
  const { delimiter, maxBytes } = readOptions(config, encodeRules, { maxBytes: defaults.delimited.maxBytes });
  const end = bufferOf(delimiter);
  return map((frame) => endFrame('frame', bufferOf(frame), end, maxBytes));
}
