/** Frames are those that were encoded, however their bytes are cut; and those that other decoders find in any bytes. */
import { once } from 'node:events';
import { Readable, type Transform } from 'node:stream';
import fc from 'fast-check';
import lengthPrefixedStream from 'length-prefixed-stream';
import { from, type OperatorFunction } from 'rxjs';
import split2 from 'split2';
import { describe, expect, it } from 'vitest';
import {
  type Bytes,
  delimited,
  encodeDelimited,
  encodeLengthPrefixed,
  encodeLines,
  lengthPrefixed,
  lines,
} from '../../lib/index.js';
import { cut, lengths } from '../support/cuts.js';
import { isLong } from '../support/tier.js';
import { runs } from './runs.js';

/** All that comes of chunks at once, and the code of an error. */
function all(operator: OperatorFunction<Bytes, Buffer>, chunks: readonly Bytes[]): { frames: Buffer[]; code?: string } {
  const frames: Buffer[] = [];
  let code: string | undefined;
  from(chunks)
    .pipe(operator)
    .subscribe({
      next: (frame) => frames.push(frame),
      error: (error) => {
        code = error.code;
      },
    });
  return { frames, ...(code !== undefined && { code }) };
}

/** Bytes in which a delimiter of these is likely, and its parts. */
const likely = (...values: number[]) =>
  fc.array(fc.oneof(fc.constantFrom(...values), fc.nat(255)), { maxLength: 40 }).map((bytes) => Buffer.from(bytes));

const [cr, lf, dash] = [0x0d, 0x0a, 0x2d];

const codecs: Record<string, [OperatorFunction<Bytes, Buffer>, OperatorFunction<Bytes, Buffer>]> = {
  'lines that hold no end': [encodeLines(), lines({ unfinished: 'error' })],
  'frames before a delimiter of two bytes': [encodeDelimited({ delimiter: '--' }), delimited({ delimiter: '--' })],
  'frames behind a length of one byte': [encodeLengthPrefixed({ headerBytes: 1 }), lengthPrefixed({ headerBytes: 1 })],
  'frames behind a little-endian length that counts itself': [
    encodeLengthPrefixed({ headerBytes: 2, endian: 'little', includesHeader: true }),
    lengthPrefixed({ headerBytes: 2, endian: 'little', includesHeader: true }),
  ],
};

describe.each(Object.entries(codecs))('%s', (_, [encode, decode]) => {
  it('are what was encoded, or the encoder refuses them', () => {
    const property = fc.property(fc.array(likely(cr, lf, dash), { maxLength: 8 }), lengths, (frames, lengths) => {
      const encoded = all(encode, frames);
      const sent = frames.slice(0, encoded.frames.length);
      const { frames: received, code } = all(decode, cut(Buffer.concat(encoded.frames), lengths));
      expect(code).toBeUndefined();
      // A line that ends in CR would be one that ends in CRLF: lines takes the CR for a part of its end.
      const isLines = encode === codecs['lines that hold no end']?.[0];
      const expected = isLines ? sent.map((line) => (line.at(-1) === cr ? line.subarray(0, -1) : line)) : sent;
      expect(received).toEqual(expected);
    });
    fc.assert(property, runs(2_000));
  });
});

/** The long tier has ten times as many. */
const cuts = isLong ? 10_000 : 2_000;

describe('any bytes, cut in any way', () => {
  const bytes = likely(cr, lf, dash);

  it.each<[name: string, operator: OperatorFunction<Bytes, Buffer>]>([
    ['lines', lines()],
    ['lines with a limit', lines({ maxBytes: 3 })],
    ['delimited', delimited({ delimiter: '--', unfinished: 'emit' })],
    ['delimited with a limit', delimited({ delimiter: '\r\n', maxBytes: 3 })],
    ['lengthPrefixed', lengthPrefixed({ headerBytes: 1 })],
    ['lengthPrefixed with a limit', lengthPrefixed({ headerBytes: 2, maxBytes: 300 })],
  ])('%s finds the same frames, and the same error, as in one chunk', (_, operator) => {
    const property = fc.property(bytes, lengths, (bytes, lengths) => {
      expect(all(operator, cut(bytes, lengths))).toEqual(all(operator, cut(bytes)));
    });
    fc.assert(property, runs(cuts));
  });

  it('lines finds the lines that split2 finds', async () => {
    const property = fc.asyncProperty(likely(cr, lf), lengths, async (bytes, lengths) => {
      const chunks = cut(bytes, lengths);
      const theirs = await streamed(split2(/\r?\n/), chunks);
      // As text, since split2 splits text; it gives no empty line.
      const ours = all(lines(), [Buffer.from(String(bytes))]).frames.map(String);
      expect(ours.filter((line) => line !== '')).toEqual(theirs.map(String).filter((line) => line !== ''));
    });
    await fc.assert(property, runs(500));
  });

  it('lengthPrefixed finds the frames that length-prefixed-stream finds, where their formats are one', async () => {
    const frames = fc.array(fc.uint8Array({ minLength: 1, maxLength: 127 }), { maxLength: 6 });
    const property = fc.asyncProperty(frames, lengths, async (frames, lengths) => {
      const encoded = Buffer.concat(all(encodeLengthPrefixed({ headerBytes: 1 }), frames).frames);
      const theirs = await streamed(lengthPrefixedStream.decode(), cut(encoded, lengths));
      expect(all(lengthPrefixed({ headerBytes: 1 }), cut(encoded, lengths)).frames).toEqual(theirs);
    });
    await fc.assert(property, runs(500));
  });
});

async function streamed(decoder: Transform, chunks: readonly Buffer[]): Promise<unknown[]> {
  const frames: unknown[] = [];
  decoder.on('data', (frame) => frames.push(frame));
  await once(Readable.from(chunks).pipe(decoder), 'end');
  return frames;
}
