/** Finds the PROXY protocol header that a connection begins with. */
import { nothing, ownMemory } from '../../values/bytes.js';
import { decodeV1 } from './decode-v1.js';
import { decodeV2, maxBytes } from './decode-v2.js';
import { type Found, invalid, lineStart, type ProxyEnds, signature } from './header.js';

/** Source and destination are undefined where the header is LOCAL or of an unknown family. */
export interface ProxyHeader extends ProxyEnds {
  /** What follows the header in the last chunk. */
  readonly rest: Buffer;
}

/** Of one connection. It is of no more use once it has returned a header or thrown. */
export class ProxyHeaderDecoder {
  /** What has come, which is less than a header. */
  #held: Buffer = nothing;

  /**
   * Returns the header once it is complete; undefined: more is needed.
   * @throws TcpError ERR_PROXY_PROTOCOL as soon as what has come cannot become a valid header
   */
  push(chunk: Buffer): ProxyHeader | undefined {
    const held = this.#held;
    const bytes = Buffer.concat([held, chunk.subarray(0, maxBytes)]);
    const found = decode(bytes);
    if (found === undefined) {
      this.#held = ownMemory(bytes);
      return undefined;
    }
    const { source, destination, length } = found;
    return { source, destination, rest: chunk.subarray(length - held.length) };
  }
}

function decode(bytes: Buffer): Found | undefined {
  if (agree(bytes, lineStart)) return decodeV1(bytes);
  if (agree(bytes, signature)) return decodeV2(bytes);
  throw invalid('begins neither with "PROXY " nor with the signature of version 2');
}

/** Whether bytes begin with `start`, or with what has come of it. */
function agree(bytes: Buffer, start: Buffer): boolean {
  const length = Math.min(bytes.length, start.length);
  return bytes.compare(start, 0, length, 0, length) === 0;
}
