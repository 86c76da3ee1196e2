/** The part of length-prefixed-stream that a property uses; it has no types of its own. */
declare module 'length-prefixed-stream' {
  import type { Transform } from 'node:stream';

  const streams: { decode(): Transform };
  export = streams;
}
