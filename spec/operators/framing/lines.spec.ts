/** `lines` and `encodeLines`. */
import { from, map } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { encodeLines, type LinesConfig, lines } from '../../../lib/index.js';
import { cut } from '../../support/cuts.js';
import { codeOf, framesOf } from '../../support/frames.js';

const linesOf = (chunks: readonly (string | Uint8Array)[], config?: LinesConfig) => framesOf(lines(config), chunks);

describe('lines', () => {
  it.each<[name: string, chunks: string[], lines: string[]]>([
    ['LF', ['a\nb\n'], ['a', 'b']],
    ['CRLF', ['a\r\nb\r\n'], ['a', 'b']],
    ['both', ['a\nb\r\nc\n'], ['a', 'b', 'c']],
    ['CR at the end of a chunk, before LF', ['a\r', '\nb\n'], ['a', 'b']],
    ['CR at the end of a chunk, before no LF', ['a\r', 'b\n'], ['a\rb']],
    ['CR before CRLF', ['a\r\r\n'], ['a\r']],
    ['lines over several chunks', ['on', 'e\ntw', 'o', '\n'], ['one', 'two']],
    ['empty lines', ['\n\r\n\n'], ['', '', '']],
    ['an empty chunk', ['a', '', '\n'], ['a']],
    ['an unfinished last line', ['a\nb'], ['a', 'b']],
    ['an unfinished last line that ends in CR', ['a\r'], ['a\r']],
    ['no bytes', [], []],
  ])('cuts %s', (_, chunks, expected) => {
    expect(linesOf(chunks)).toEqual(expected);
  });

  it('cuts the same lines from the same bytes, however a character or a CRLF is cut', () => {
    const bytes = Buffer.from('né\r\n日本\n\r\n🎈x');
    for (let length = 1; length <= bytes.length; length += 1) {
      expect(linesOf(cut(bytes, [length]))).toEqual(['né', '日本', '', '🎈x']);
    }
  });

  it('with unfinished: error refuses what follows the last end with ERR_FRAME_INCOMPLETE', () => {
    expect(linesOf(['a\nb'], { unfinished: 'error' })).toEqual(['a', 'ERR_FRAME_INCOMPLETE']);
    expect(linesOf(['a\n'], { unfinished: 'error' })).toEqual(['a']);
  });

  it.each<[name: string, chunks: string[], lines: string[]]>([
    ['the limit', ['1234\n'], ['1234']],
    ['the limit before CRLF', ['1234\r\n'], ['1234']],
    ['the limit before CRLF in two chunks', ['1234\r', '\n'], ['1234']],
    ['the limit before CR, no bytes, and LF', ['1234\r', '', '\n'], ['1234']],
    ['the limit, unfinished', ['1234'], ['1234']],
    ['one byte more, whole in one chunk', ['a\n12345\nb\n'], ['a', 'ERR_FRAME_TOO_LONG']],
    ['one byte more, in two chunks', ['123', '45'], ['ERR_FRAME_TOO_LONG']],
    ['one byte more behind CR', ['1234\r', '5'], ['ERR_FRAME_TOO_LONG']],
    ['one byte more behind CR, unfinished', ['1234\r'], ['ERR_FRAME_TOO_LONG']],
  ])('with maxBytes: 4 a line of %s is %j', (_, chunks, expected) => {
    expect(linesOf(chunks, { maxBytes: 4 })).toEqual(expected);
  });

  it('errors as soon as a line is known to be too long, and then ends its source', () => {
    let taken = 0;
    const chunks$ = from(['12', '34', '5', '6', '\n']).pipe(
      map((chunk) => {
        taken += 1;
        return Buffer.from(chunk);
      }),
    );
    expect(codeOf(chunks$.pipe(lines({ maxBytes: 4 })))).toBe('ERR_FRAME_TOO_LONG');
    expect(taken).toBe(3);
  });
});

describe('encodeLines', () => {
  it('ends each line with LF', () => {
    expect(framesOf(encodeLines(), ['a', Buffer.from('b'), ''])).toEqual(['a\n', 'b\n', '\n']);
  });

  it('refuses what lines would refuse or cut', () => {
    expect(framesOf(encodeLines({ maxBytes: 4 }), ['1234', '12345'])).toEqual(['1234\n', 'ERR_FRAME_TOO_LONG']);
    expect(framesOf(encodeLines(), ['a\nb'])).toEqual(['ERR_FRAME_INVALID']);
  });
});
