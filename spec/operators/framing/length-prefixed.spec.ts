/** `lengthPrefixed` and `encodeLengthPrefixed`. */
import { NEVER, of, startWith } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { encodeLengthPrefixed, type LengthPrefixedConfig, lengthPrefixed } from '../../../lib/index.js';
import { cut } from '../../support/cuts.js';
import { codeOf, framesOf } from '../../support/frames.js';

const bytes = (...values: (number | string)[]) =>
  Buffer.concat(values.map((value) => (typeof value === 'string' ? Buffer.from(value) : Buffer.of(value))));

describe('lengthPrefixed', () => {
  it.each<[name: string, config: LengthPrefixedConfig, stream: Buffer]>([
    ['four bytes, big-endian', {}, bytes(0, 0, 0, 2, 'hi', 0, 0, 0, 0, 0, 0, 0, 1, '!')],
    ['four bytes, little-endian', { endian: 'little' }, bytes(2, 0, 0, 0, 'hi', 0, 0, 0, 0, 1, 0, 0, 0, '!')],
    ['two bytes', { headerBytes: 2 }, bytes(0, 2, 'hi', 0, 0, 0, 1, '!')],
    ['one byte', { headerBytes: 1 }, bytes(2, 'hi', 0, 1, '!')],
    ['a length that counts itself', { headerBytes: 2, includesHeader: true }, bytes(0, 4, 'hi', 0, 2, 0, 3, '!')],
    [
      'a little-endian length that counts itself',
      { headerBytes: 2, endian: 'little', includesHeader: true },
      bytes(4, 0, 'hi', 2, 0, 3, 0, '!'),
    ],
  ])('cuts by %s, however the bytes are cut', (_, config, stream) => {
    for (let length = 1; length <= stream.length; length += 1) {
      expect(framesOf(lengthPrefixed(config), cut(stream, [length]))).toEqual(['hi', '', '!']);
    }
    const encoded = framesOf(encodeLengthPrefixed(config), ['hi', '', Buffer.from('!')]);
    expect(encoded.join('')).toBe(String(stream));
  });

  it('refuses a length above maxBytes, in place of waiting for the frame', () => {
    expect(framesOf(lengthPrefixed({ headerBytes: 1, maxBytes: 3 }), [bytes(3, 'abc', 4)])).toEqual([
      'abc',
      'ERR_FRAME_TOO_LONG',
    ]);
    const header$ = NEVER.pipe(startWith(bytes(0xff, 0xff, 0xff, 0xff)));
    expect(codeOf(header$.pipe(lengthPrefixed()))).toBe('ERR_FRAME_TOO_LONG');
  });

  it('refuses a length that counts itself and is too short, with ERR_FRAME_INVALID', () => {
    expect(framesOf(lengthPrefixed({ headerBytes: 2, includesHeader: true }), [bytes(0, 1)])).toEqual([
      'ERR_FRAME_INVALID',
    ]);
  });

  it.each([
    ['within a frame', bytes(2, 'h')],
    ['behind a length', bytes(2)],
  ])('refuses an end %s with ERR_FRAME_INCOMPLETE', (_, stream) => {
    expect(framesOf(lengthPrefixed({ headerBytes: 1 }), [stream])).toEqual(['ERR_FRAME_INCOMPLETE']);
  });

  it('refuses an end within a length with ERR_FRAME_INCOMPLETE', () => {
    expect(framesOf(lengthPrefixed({ unfinished: 'emit' }), [bytes(0)])).toEqual(['ERR_FRAME_INCOMPLETE']);
  });

  it('with unfinished: emit gives what came of a frame', () => {
    expect(framesOf(lengthPrefixed({ headerBytes: 1, unfinished: 'emit' }), [bytes(3, 'hi')])).toEqual(['hi']);
  });

  it('takes no memory for a frame that is only announced', () => {
    const before = process.memoryUsage().arrayBuffers;
    const open = Array.from({ length: 64 }, () =>
      NEVER.pipe(startWith(bytes(0, 15, 0, 0, 'x')))
        .pipe(lengthPrefixed())
        .subscribe(),
    );
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1_048_576);
    for (const subscription of open) subscription.unsubscribe();
  });
});

describe('encodeLengthPrefixed', () => {
  it('refuses a frame longer than maxBytes, or than its length can say', () => {
    expect(framesOf(encodeLengthPrefixed({ maxBytes: 3 }), ['1234'])).toEqual(['ERR_FRAME_TOO_LONG']);
    const longest = 'x'.repeat(255);
    expect(codeOf(of(longest).pipe(encodeLengthPrefixed({ headerBytes: 1 })))).toBeUndefined();
    expect(codeOf(of(`${longest}x`).pipe(encodeLengthPrefixed({ headerBytes: 1 })))).toBe('ERR_FRAME_TOO_LONG');
    const including = encodeLengthPrefixed({ headerBytes: 1, includesHeader: true });
    expect(codeOf(of(longest).pipe(including))).toBe('ERR_FRAME_TOO_LONG');
  });
});
