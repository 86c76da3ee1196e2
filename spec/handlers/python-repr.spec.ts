/** The reply `python` against `repr` of CPython: recorded vectors, and a python3 where there is one. */
import fc from 'fast-check';
import { from } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { ctime, echo } from '../../lib/index.js';
import { askPython, pythonLacks } from '../support/cpython.js';
import { inVirtualTime } from '../support/virtual-time.js';
import vectors from './python-repr-vectors.json' with { type: 'json' };

const golden: Record<string, string> = vectors;

describe('the data in the reply named python', () => {
  it('each of the 256 bytes is printed as CPython prints it', () => {
    const singles = Array.from({ length: 256 }, (_, byte) => Buffer.of(byte).toString('hex'));
    expect(printed(singles)).toEqual(singles.map((hex) => golden[hex]));
  });

  it('mixed quotes, backslashes and control characters are printed as CPython prints them', () => {
    const hexes = Object.keys(golden);
    expect(printed(hexes)).toEqual(hexes.map((hex) => golden[hex]));
  });

  it('data with single quotes alone is put in double quotes', () => {
    expect(printed(["it's"].map(hexOf))).toEqual(['b"it\'s"']);
  });

  it('data with both kinds of quotes is put in single quotes, and those inside are escaped', () => {
    expect(printed([`'"`].map(hexOf))).toEqual([`b'\\'"'`]);
  });

  const lacking = pythonLacks('nothing more');
  const skipped = lacking === undefined ? '' : ` (skipped: ${lacking})`;
  it.skipIf(lacking !== undefined)(`any bytes are printed as python3 prints them${skipped}`, () => {
    const { reprs } = askPython({ reprs: randomBytes() });
    expect(printed(Object.keys(reprs)), `with the seed ${seed}`).toEqual(Object.values(reprs));
  });
});

const seed = Number(process.env.FC_SEED ?? Date.now() % 2 ** 31);

/** Half of the bytes are those with an escape or a rule of their own. */
function randomBytes(): string[] {
  const special = fc.constantFrom(...Buffer.from('\'"\\\t\n\r a\0\x7f\x80', 'latin1'));
  const bytes = fc.array(fc.oneof(special, fc.nat(255)), { maxLength: 40 });
  return fc.sample(bytes, { numRuns: 2_000, seed }).map((each) => Buffer.from(each).toString('hex'));
}

function hexOf(text: string): string {
  return Buffer.from(text).toString('hex');
}

/** The data part of each reply; a reply whose other parts are wrong is returned whole, and differs. */
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
