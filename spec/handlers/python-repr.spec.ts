/** The reply named `python`, its data held to what CPython's `repr` of bytes printed, and prints. */
import fc from 'fast-check';
import { from } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { ctime, echo } from '../../lib/index.js';
import { askPython, pythonLacks } from '../support/cpython.js';
import { inVirtualTime } from '../support/virtual-time.js';
import vectors from './python-repr-vectors.json' with { type: 'json' };

const golden: Record<string, string> = vectors;

describe('the data in the reply named python', () => {
  test('each byte by itself is printed as CPython does', () => {
    const singles = Array.from({ length: 256 }, (_, byte) => Buffer.of(byte).toString('hex'));
    expect(printed(singles)).toEqual(singles.map((hex) => golden[hex]));
  });

  test('quotes, backslashes, control characters and their mixtures are printed as CPython does', () => {
    const hexes = Object.keys(golden);
    expect(printed(hexes)).toEqual(hexes.map((hex) => golden[hex]));
  });

  test('single quotes alone are put in double ones', () => {
    expect(printed(["it's"].map(hexOf))).toEqual(['b"it\'s"']);
  });

  test('quotes of both kinds are put in single ones, and those inside escaped', () => {
    expect(printed([`'"`].map(hexOf))).toEqual([`b'\\'"'`]);
  });

  const lacking = pythonLacks('nothing more');
  const skipped = lacking === undefined ? '' : ` (skipped: ${lacking})`;
  test.skipIf(lacking !== undefined)(`any bytes are printed as python3 prints them${skipped}`, () => {
    const { reprs } = askPython({ reprs: randomBytes() });
    expect(printed(Object.keys(reprs)), `with the seed ${seed}`).toEqual(Object.values(reprs));
  });
});

const seed = Number(process.env.FC_SEED ?? Date.now() % 2 ** 31);

/** Half of them are made of the bytes that CPython has rules for. */
function randomBytes(): string[] {
  const special = fc.constantFrom(...Buffer.from('\'"\\\t\n\r a\0\x7f\x80', 'latin1'));
  const bytes = fc.array(fc.oneof(special, fc.nat(255)), { maxLength: 40 });
  return fc.sample(bytes, { numRuns: 2_000, seed }).map((each) => Buffer.from(each).toString('hex'));
}

function hexOf(text: string): string {
  return Buffer.from(text).toString('hex');
}

/** What the replies have in the place of the data; the rest of each reply must be as it should. */
function printed(hexes: readonly string[]): string[] {
  const replies: string[] = [];
  inVirtualTime(() =>
    from(hexes.map((hex) => Buffer.from(hex, 'hex')))
      .pipe(echo({ reply: 'python', delayMs: 0 }))
      .subscribe((reply) => replies.push(String(reply))),
  );
  const [start, end] = ['Echo=>', ` at ${ctime(0)}`];
  return replies.map((reply) =>
    reply.startsWith(start) && reply.endsWith(end) ? reply.slice(start.length, -end.length) : reply,
  );
}
