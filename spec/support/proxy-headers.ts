/** What a decoder of PROXY protocol headers makes of chunks, and the headers of version 2 that a spec writes by itself. */
import type { Address } from '../../lib/index.js';
import { ProxyHeaderDecoder } from '../../lib/transport/proxy-protocol/decoder.js';

export interface Decoded {
  readonly source: Address | undefined;
  readonly destination: Address | undefined;
  /** All that follows the header. */
  readonly data: Buffer;
}

/** Undefined: the chunks end within a header. */
export function decoded(...chunks: readonly (Buffer | string)[]): Decoded | undefined {
  const decoder = new ProxyHeaderDecoder();
  for (const [at, chunk] of chunks.entries()) {
    const header = decoder.push(Buffer.from(chunk));
    if (header === undefined) continue;
    const { rest, ...ends } = header;
    return { ...ends, data: Buffer.concat([rest, ...chunks.slice(at + 1).map((chunk) => Buffer.from(chunk))]) };
  }
  return undefined;
}

export const signature = '0d0a0d0a000d0a515549540a';

/** @param declared what the header says of the length of `block` */
export function binary(prefix: string, block: Uint8Array | string = '', declared = block.length): Buffer {
  const length = Buffer.of(declared >> 8, declared & 0xff);
  return Buffer.concat([Buffer.from(signature + prefix, 'hex'), length, Buffer.from(block)]);
}
