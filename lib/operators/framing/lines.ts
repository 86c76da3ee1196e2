/** Lines, which end with LF or CRLF. */
import { Buffer } from 'node:buffer'; // the global one is behind a getter
import { map, type OperatorFunction } from 'rxjs';
import { type Bytes, bufferOf } from '../../values/bytes.js';
import { defaults } from '../../values/defaults.js';
import { readOptions } from '../../values/options.js';
import { DelimiterDecoder } from './delimiter-decoder.js';
import { endFrame } from './end-frame.js';
import { frameBy } from './frame-by.js';
import { maxBytesRule, unfinishedRule } from './rules.js';

/** The options of `lines`. */
export interface LinesConfig {
  /** The longest line, without its end: 1 to 2147483647. A longer one errors. @default 65536 */
  readonly maxBytes?: number | undefined;
  /** What becomes of bytes after the last line's end: a line, or an error. @default 'emit' */
  readonly unfinished?: 'emit' | 'error' | undefined;
}

/** The options of `encodeLines`. */
export type EncodeLinesConfig = Omit<LinesConfig, 'unfinished'>;

const newline = Buffer.from('\n');

/**
 * Cuts a stream of bytes into lines, and emits them without their ends, LF or CRLF.
 *
 * - Lines are bytes: `map(String)` makes them text, and no character is cut, as no UTF-8 character holds a newline.
 * - A line that came in one chunk is a view into it: a line that is kept keeps the chunk.
 * - Cold; unsubscribing ends the source. Holds what has come of one line, at most `maxBytes`.
 * - Errors with ERR_FRAME_TOO_LONG as soon as a line is known to be longer than `maxBytes`; with `unfinished: 'error'`, with
 *   ERR_FRAME_INCOMPLETE where the source completes within a line.
 *
 * @throws TypeError, RangeError for an option that is unknown or out of range
 * @example tcpServer(7000, (chunks$) => chunks$.pipe(lines(), map((line) => `you said ${line}\n`))).subscribe();
 */
export function lines(config: LinesConfig = {}): OperatorFunction<Bytes, Buffer> {
  const options = readOptions(config, { maxBytes: maxBytesRule, unfinished: unfinishedRule }, defaults.lines);
  return frameBy(() => new DelimiterDecoder({ what: 'line', delimiter: newline, takesCr: true, ...options }));
}

/**
 * Ends each line with LF.
 *
 * Errors with ERR_FRAME_TOO_LONG for a line longer than `maxBytes`, and with ERR_FRAME_INVALID for one that holds LF: `lines`
 * would refuse the one and cut the other.
 * @throws TypeError, RangeError for an option that is unknown or out of range
 */
export function encodeLines(config: EncodeLinesConfig = {}): OperatorFunction<Bytes, Buffer> {
  const { maxBytes } = readOptions(config, { maxBytes: maxBytesRule }, { maxBytes: defaults.lines.maxBytes });
  return map((line) => endFrame('line', bufferOf(line), newline, maxBytes));
}
