/** Bytes as text. */
import { concat, defer, filter, map, type OperatorFunction, of } from 'rxjs';
import { type Bytes, bufferOf } from '../../values/bytes.js';
import { defaults } from '../../values/defaults.js';
import { type Rule, readOptions } from '../../values/options.js';

/** The options of `decodeText`. */
export interface DecodeTextConfig {
  /** A name that `TextDecoder` knows, such as `'latin1'` or `'utf-16le'`. @default 'utf-8' */
  readonly encoding?: string | undefined;
}

const encoding: Rule = {
  expected: 'an encoding that TextDecoder knows',
  accepts(value) {
    try {
      return typeof value === 'string' && Boolean(new TextDecoder(value));
    } catch {
      return false;
    }
  },
};

/**
 * Decodes a stream of bytes: a character that two chunks share is emitted with the second one, and bytes that are no character
 * become U+FFFD.
 *
 * - Cold; completes and errors as its source does. Holds the bytes of one character. Emits no empty string.
 * - After `lines`, `map(String)` does for UTF-8.
 *
 * @throws TypeError for an encoding that is not known
 * @example createReadStream('log').pipe(decodeText({ encoding: 'latin1' }))
 */
export function decodeText(config: DecodeTextConfig = {}): OperatorFunction<Bytes, string> {
  const options = readOptions(config, { encoding }, defaults.decodeText);
  return (source$) =>
    defer(() => {
      const decoder = new TextDecoder(options.encoding);
      const texts$ = source$.pipe(map((bytes) => decoder.decode(bufferOf(bytes), { stream: true })));
      return concat(
        texts$,
        defer(() => of(decoder.decode())),
      ).pipe(filter((text) => text !== ''));
    });
}
