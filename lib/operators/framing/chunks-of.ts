/** Frames of one size. */
import type { OperatorFunction } from 'rxjs';
import type { Bytes } from '../../values/bytes.js';
import { defaults } from '../../values/defaults.js';
import { check, readOptions } from '../../values/options.js';
import { frameBy } from './frame-by.js';
import { LengthDecoder } from './length-decoder.js';
import { maxBytesRule, unfinishedRule } from './rules.js';

/** The options of `chunksOf`. */
export interface ChunksOfConfig {
  /** What becomes of a last frame that is too short: an error, or a frame. @default 'error' */
  readonly unfinished?: 'emit' | 'error' | undefined;
}

const withoutHeader = { headerBytes: 0, endian: 'big', includesHeader: false } as const;

/**
 * Cuts a stream of bytes into frames of `bytes` bytes each, 1 to 2147483647.
 *
 * - A frame that came in one chunk is a view into it: a frame that is kept keeps the chunk.
 * - Cold; unsubscribing ends the source. Holds what has come of one frame.
 * - Errors with ERR_FRAME_INCOMPLETE where the source completes within a frame, unless `unfinished` is 'emit'.
 *
 * @throws TypeError, RangeError for an option that is unknown or out of range
 * @example createReadStream('samples').pipe(chunksOf(8))
 */
export function chunksOf(bytes: number, config: ChunksOfConfig = {}): OperatorFunction<Bytes, Buffer> {
  check('bytes', bytes, maxBytesRule);
  const { unfinished } = readOptions(config, { unfinished: unfinishedRule }, defaults.chunksOf);
  return frameBy(() => new LengthDecoder({ ...withoutHeader, maxBytes: bytes, unfinished }));
}
