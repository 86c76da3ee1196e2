/** Frames come out whole, wherever TCP cuts them. */
import { describe, expect, it } from 'vitest';
import { Frames } from '../../bench/peers/frames.js';

const bytes = Buffer.from('\0\x01a\0\0\0\x02bc');

describe('Frames', () => {
  for (let cut = 0; cut <= bytes.length; cut++) {
    it(`finds three frames that are cut at byte ${cut}`, () => {
      const frames = new Frames();
      const found = [bytes.subarray(0, cut), bytes.subarray(cut)].flatMap((chunk) => frames.push(chunk));
      expect(found.map(String)).toEqual(['\0\x01a', '\0\0', '\0\x02bc']);
    });
  }

  it('keeps an unfinished frame', () => {
    expect(new Frames().push(Buffer.from('\0\x03ab'))).toEqual([]);
  });
});
