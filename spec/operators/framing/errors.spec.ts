/** What the errors of framing say, and what is said of an option that is refused. */
import { from, type OperatorFunction } from 'rxjs';
import { describe, expect, it } from 'vitest';
import {
  type Bytes,
  chunksOf,
  delimited,
  encodeDelimited,
  encodeLengthPrefixed,
  encodeLines,
  lengthPrefixed,
  lines,
} from '../../../lib/index.js';

const delimiter = '\r\n';
const twoBytes = { headerBytes: 2, includesHeader: true } as const;

describe('the message of an error', () => {
  it.each<[message: string, operator: OperatorFunction<Bytes, Buffer>, chunks: Bytes[]]>([
    ['A line is longer than maxBytes, 4', lines({ maxBytes: 4 }), ['123', '45']],
    ['A frame is longer than maxBytes, 4', delimited({ delimiter, maxBytes: 4 }), ['12345\r\n']],
    ['A line is longer than maxBytes, 65536', lines(), [Buffer.alloc(65_537)]],
    ['A frame is longer than maxBytes, 65536', delimited({ delimiter }), [Buffer.alloc(65_537)]],
    ['A frame is longer than maxBytes, 1048576', lengthPrefixed(), [Buffer.of(0, 16, 0, 1)]],
    ['A frame has a length of 1, which counts its own 2 bytes', lengthPrefixed(twoBytes), [Buffer.of(0, 1)]],
    ['The stream ended within a line, of which 2 bytes had come', lines({ unfinished: 'error' }), ['a\nb', 'c']],
    ['The stream ended within a frame, of which 3 bytes had come', delimited({ delimiter }), ['a\r\nbc', '\r']],
    ['The stream ended within a frame, of which 2 bytes had come', lengthPrefixed(), [Buffer.of(0), Buffer.of(0)]],
    ['The stream ended within a frame, of which 0 bytes had come', lengthPrefixed(), [Buffer.of(0, 0, 0, 9)]],
    ['The stream ended within a frame, of which 3 bytes had come', chunksOf(4), ['1234ab', 'c']],
    ['A line to send holds the delimiter', encodeLines(), ['a\nb']],
    ['A frame to send holds the delimiter', encodeDelimited({ delimiter }), ['a\r\nb']],
    ['A line is longer than maxBytes, 4', encodeLines({ maxBytes: 4 }), ['12345']],
    ['A frame is longer than maxBytes, 4', encodeDelimited({ delimiter, maxBytes: 4 }), ['12345']],
    ['A line is longer than maxBytes, 65536', encodeLines(), [Buffer.alloc(65_537)]],
    ['A frame is longer than maxBytes, 65536', encodeDelimited({ delimiter }), [Buffer.alloc(65_537)]],
    ['A frame is longer than maxBytes, 1048576', encodeLengthPrefixed(), [Buffer.alloc(1_048_577)]],
    ['A frame is longer than maxBytes, 4', encodeLengthPrefixed({ maxBytes: 4 }), ['12345']],
    ['A frame is longer than maxBytes, 65533', encodeLengthPrefixed(twoBytes), [Buffer.alloc(65_534)]],
  ])('%s', (message, operator, chunks) => {
    const told: unknown[] = [];
    from(chunks)
      .pipe(operator)
      .subscribe({ error: (error) => told.push(error.message) });
    expect(told).toEqual([message]);
  });
});

describe('an option that is refused', () => {
  it.each<[option: string, expected: string, make: () => unknown]>([
    ['maxBytes', 'an integer from 1 to 2147483647, got `0`', () => lines({ maxBytes: 0 })],
    ['maxBytes', 'an integer from 1 to 2147483647, got `0`', () => encodeLines({ maxBytes: 0 })],
    ['unfinished', "one of 'emit', 'error', got `'drop'`", () => lines({ unfinished: 'drop' as 'emit' })],
    ['unfinished', "one of 'emit', 'error', got `'drop'`", () => chunksOf(1, { unfinished: 'drop' as 'emit' })],
    ['delimiter', 'bytes or a string, not empty, got `undefined`', () => delimited({} as { delimiter: string })],
    ['delimiter', 'bytes or a string, not empty, got `7`', () => encodeDelimited({ delimiter: 7 as never })],
    ['headerBytes', 'one of 1, 2, 4, got `3`', () => lengthPrefixed({ headerBytes: 3 as 4 })],
    ['endian', "one of 'big', 'little', got `'BE'`", () => encodeLengthPrefixed({ endian: 'BE' as 'big' })],
    ['includesHeader', 'true or false, got `1`', () => lengthPrefixed({ includesHeader: 1 as never })],
  ])('%s: expected %s', (option, expected, make) => {
    expect(make).toThrow(`Expected \`${option}\` to be ${expected}`);
  });

  it.each<[encoder: string, make: () => unknown]>([
    ['encodeLines', () => encodeLines({ unfinished: 'emit' } as object)],
    ['encodeDelimited', () => encodeDelimited({ delimiter, unfinished: 'emit' } as never)],
    ['encodeLengthPrefixed', () => encodeLengthPrefixed({ unfinished: 'emit' } as object)],
  ])('%s has no unfinished', (_, make) => {
    expect(make).toThrow('Unknown option `unfinished`');
  });
});
