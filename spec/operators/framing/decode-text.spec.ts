/** `decodeText`. */
import { from, take } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { decodeText } from '../../../lib/index.js';
import { cut } from '../../support/cuts.js';
import { framesOf } from '../../support/frames.js';

describe('decodeText', () => {
  it('ends its source when it is unsubscribed from, also while it subscribes', () => {
    let taken = 0;
    const many = function* () {
      for (; taken < 1_000; taken += 1) yield 'x';
    };
    from(many()).pipe(decodeText(), take(3)).subscribe();
    expect(taken).toBeLessThanOrEqual(3);
  });

  it('emits each character whole, however its bytes are cut', () => {
    const bytes = Buffer.from('né 日本 🎈');
    for (let length = 1; length <= bytes.length; length += 1) {
      const texts = framesOf(decodeText(), cut(bytes, [length]));
      expect(texts.join('')).toBe('né 日本 🎈');
      expect(texts).not.toContain('');
    }
  });

  it('decodes other encodings', () => {
    expect(framesOf(decodeText({ encoding: 'latin1' }), [Buffer.of(0x6e, 0xe9)])).toEqual(['né']);
    expect(framesOf(decodeText({ encoding: 'utf-16le' }), [Buffer.of(0x6e), Buffer.of(0)])).toEqual(['n']);
  });

  it('replaces bytes that are no character, and one that is cut off at the end', () => {
    expect(framesOf(decodeText(), [Buffer.of(0xff, 0x61)])).toEqual(['\ufffda']);
    expect(framesOf(decodeText(), [Buffer.of(0x61, 0xc3)])).toEqual(['a', '\ufffd']);
  });

  it('refuses an encoding that is not known', () => {
    const expected = 'Expected `encoding` to be an encoding that TextDecoder knows';
    expect(() => decodeText({ encoding: 'klingon' })).toThrow(`${expected}, got \`'klingon'\``);
    expect(() => decodeText({ encoding: ['utf-8'] as never })).toThrow(`${expected}, got \`[ 'utf-8' ]\``);
  });
});
