/** Every byte of every reply is checked, wherever TCP cuts the replies. */
import { describe, expect, it } from 'vitest';
import { patternAt } from '../../bench/load/pattern.js';
import { ReplyReader } from '../../bench/load/reply-reader.js';

const offset = 7_919;
const now = () => new Date().toString().split(' ');

/** As ctime prints it. */
function stamp(): string {
  const [weekday, month, day, year, time] = now();
  return `${weekday} ${month} ${String(Number(day)).padStart(2)} ${time} ${year}`;
}

const answer = (from: number, bytes: number, tail = ` at ${stamp()}`) => `Echo=>${patternAt(from, bytes)}${tail}`;

const read = (pieces: readonly string[], reply: 'text' | 'raw' = 'text') => {
  const reader = new ReplyReader(reply, offset);
  return pieces.map((piece) => reader.read(Buffer.from(piece))).reduce((sum, bytes) => sum + bytes, 0);
};

describe('a ReplyReader', () => {
  const two = answer(offset, 5) + answer(offset + 5, 3);

  it('counts the same bytes at every cut', () => {
    for (let cut = 0; cut <= two.length; cut++) expect(read([two.slice(0, cut), two.slice(cut)])).toBe(8);
    expect(read([...two])).toBe(8);
  });

  it('counts a reply when it is complete, and not before', () => {
    expect(read([two.slice(0, -1)])).toBe(5);
  });

  it('with raw replies counts all bytes', () => {
    expect(read([String(patternAt(offset, 5)), String(patternAt(offset + 5, 3))], 'raw')).toBe(8);
  });

  it.each([
    ['a wrong head', answer(offset, 5).replace('Echo', 'Ecco')],
    ['wrong data', answer(offset + 1, 5)],
    ['a missing reply', answer(offset, 5) + answer(offset + 6, 5)],
    ['a doubled reply', answer(offset, 5) + answer(offset, 5)],
    ['no time', answer(offset, 5, ' at Xyz Nov 23 06:25:00 2026')],
    ['a time in the past', answer(offset, 5, ' at Mon Nov 23 06:25:00 2020')],
  ])('throws at %s', (_, wrong) => {
    expect(() => read([wrong])).toThrow(/^Expected /);
  });
});
