/** What can be sent. */
import { describeCause } from './errors.js';

/** Bytes, which must not be changed afterwards, or a string, which is sent as UTF-8. */
export type Bytes = Uint8Array | string;

export const nothing = Buffer.alloc(0);

export function isBytes(value: unknown): value is Bytes {
  return typeof value === 'string' || value instanceof Uint8Array;
}

/** Of what was taken for bytes and is none. */
export function notBytes(name: string, value: unknown): TypeError {
  return new TypeError(`Expected a ${name} to be a string or a Uint8Array, got \`${describeCause(value)}\``);
}

/** As a Buffer over the same memory; of a string, its UTF-8. */
export function bufferOf(bytes: Bytes): Buffer {
  if (Buffer.isBuffer(bytes)) return bytes;
  if (typeof bytes === 'string') return Buffer.from(bytes);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** The size as sent; 0 of what is no bytes. */
export function byteLength(value: unknown): number {
  if (typeof value === 'string') return Buffer.byteLength(value);
  return value instanceof Uint8Array ? value.length : 0;
}

/** What is to be held, in memory of its own: a byte that is cut from a block of 8 KiB, as Node's Buffers are, keeps all of it. */
export function ownMemory<T>(item: T): T | Buffer {
  if (!(item instanceof Uint8Array) || item.buffer.byteLength <= 2 * item.length) return item;
  const own = Buffer.allocUnsafeSlow(item.length);
  own.set(item);
  return own;
}
