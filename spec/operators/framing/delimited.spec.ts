/** `delimited` and `encodeDelimited`. */
import { describe, expect, it } from 'vitest';
import { type DelimitedConfig, delimited, encodeDelimited } from '../../../lib/index.js';
import { cut } from '../../support/cuts.js';
import { framesOf } from '../../support/frames.js';

const cutBy = (delimiter: string, chunks: string[], config?: Omit<DelimitedConfig, 'delimiter'>) =>
  framesOf(delimited({ delimiter, ...config }), chunks);

describe('delimited', () => {
  it.each<[name: string, delimiter: string, chunks: string[], frames: string[]]>([
    ['one byte', '\0', ['a\0b\0'], ['a', 'b']],
    ['several bytes', '\r\n', ['a\r\nb\r\n'], ['a', 'b']],
    ['a delimiter in two chunks', '\r\n', ['a\r', '\nb\r\n'], ['a', 'b']],
    ['a delimiter in three chunks', 'END', ['aE', 'N', 'DbEND'], ['a', 'b']],
    ['a delimiter of four bytes, cut in half, behind nothing', '\r\n\r\n', ['\r\n', '\r\na\r\n\r\n'], ['', 'a']],
    ['what begins like a delimiter', 'END', ['aEN', 'EN', 'DbEND'], ['aEN', 'b']],
    ['a delimiter that repeats itself', 'aab', ['aa', 'aab', 'xaab'], ['aa', 'x']],
    ['empty frames', '--', ['----', '-', '-'], ['', '', '']],
    ['LF behind CR, which belongs to the frame', '\n', ['a\r\n\r', '\n'], ['a\r', '\r']],
    ['a delimiter of characters', '→', ['a→b→'], ['a', 'b']],
  ])('cuts by %s', (_, delimiter, chunks, frames) => {
    expect(cutBy(delimiter, chunks)).toEqual(frames);
    const bytes = Buffer.from(chunks.join(''));
    for (let length = 1; length <= bytes.length; length += 1) {
      expect(framesOf(delimited({ delimiter }), cut(bytes, [length]))).toEqual(frames);
    }
  });

  it('refuses an unfinished last frame with ERR_FRAME_INCOMPLETE, also one that is the begin of a delimiter', () => {
    expect(cutBy('\r\n', ['a\r\nb'])).toEqual(['a', 'ERR_FRAME_INCOMPLETE']);
    expect(cutBy('\r\n', ['a\r\n\r'])).toEqual(['a', 'ERR_FRAME_INCOMPLETE']);
    expect(cutBy('\r\n', ['a\r\n'])).toEqual(['a']);
  });

  it('with unfinished: emit gives it as a frame', () => {
    expect(cutBy('\r\n', ['a\r\nb\r'], { unfinished: 'emit' })).toEqual(['a', 'b\r']);
  });

  it.each<[name: string, chunks: string[], frames: string[]]>([
    ['the limit', ['1234\r\n'], ['1234']],
    ['the limit, before a delimiter in two chunks', ['1234\r', '\n'], ['1234']],
    ['one byte more, whole in one chunk', ['12345\r\n'], ['ERR_FRAME_TOO_LONG']],
    ['one byte more that is no begin of a delimiter', ['1234', '5'], ['ERR_FRAME_TOO_LONG']],
    ['one byte more behind what began like a delimiter', ['1234\r', '5'], ['ERR_FRAME_TOO_LONG']],
  ])('with maxBytes: 4 a frame of %s is %j', (_, chunks, frames) => {
    expect(cutBy('\r\n', chunks, { maxBytes: 4 })).toEqual(frames);
  });

  it('refuses an empty delimiter', () => {
    expect(() => delimited({ delimiter: '' })).toThrow(
      "Expected `delimiter` to be bytes or a string, not empty, got `''`",
    );
  });
});

describe('encodeDelimited', () => {
  it('ends each frame with the delimiter', () => {
    expect(framesOf(encodeDelimited({ delimiter: '\0' }), ['a', Buffer.from('b'), ''])).toEqual(['a\0', 'b\0', '\0']);
  });

  it('refuses what delimited would refuse or cut', () => {
    expect(framesOf(encodeDelimited({ delimiter: '\0', maxBytes: 2 }), ['12', '123'])).toEqual([
      '12\0',
      'ERR_FRAME_TOO_LONG',
    ]);
    expect(framesOf(encodeDelimited({ delimiter: '--' }), ['a--b'])).toEqual(['ERR_FRAME_INVALID']);
    expect(framesOf(encodeDelimited({ delimiter: '--' }), ['a-'])).toEqual(['ERR_FRAME_INVALID']);
  });
});
