/** `chunksOf`. */
import { describe, expect, it } from 'vitest';
import { chunksOf } from '../../../lib/index.js';
import { cut } from '../../support/cuts.js';
import { framesOf } from '../../support/frames.js';

describe('chunksOf', () => {
  it('cuts frames of one size, however the bytes are cut', () => {
    const bytes = Buffer.from('abcdefghi');
    for (let length = 1; length <= bytes.length; length += 1) {
      expect(framesOf(chunksOf(3), cut(bytes, [length]))).toEqual(['abc', 'def', 'ghi']);
    }
  });

  it('refuses a last frame that is too short, or gives it with unfinished: emit', () => {
    expect(framesOf(chunksOf(2), ['abc'])).toEqual(['ab', 'ERR_FRAME_INCOMPLETE']);
    expect(framesOf(chunksOf(2, { unfinished: 'emit' }), ['abc'])).toEqual(['ab', 'c']);
    expect(framesOf(chunksOf(2), [])).toEqual([]);
  });

  it('refuses a size that is none', () => {
    expect(() => chunksOf(0)).toThrow(
      new RangeError('Expected `bytes` to be an integer from 1 to 2147483647, got `0`'),
    );
  });
});
