/** Ends a frame to send with its delimiter. */
import { Buffer } from 'node:buffer'; // the global one is behind a getter
import { invalid, tooLong } from './errors.js';

/** Throws for a frame that a decoder would refuse or cut. `what`: what messages call it. */
export function endFrame(what: string, frame: Buffer, delimiter: Buffer, maxBytes: number): Buffer {
  if (frame.length > maxBytes) throw tooLong(what, maxBytes);
  const encoded = Buffer.concat([frame, delimiter]);
  if (encoded.indexOf(delimiter) < frame.length) throw invalid(`A ${what} to send holds the delimiter`);
  return encoded;
}
