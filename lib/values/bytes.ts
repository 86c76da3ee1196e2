/** What can be sent. */
import { describeCause } from './errors.js';

/** Bytes, which must not be changed afterwards, or a string, which is sent as UTF-8. */
export type Bytes = Uint8Array | string;

export function isBytes(value: unknown): value is Bytes {
  return typeof value === 'string' || value instanceof Uint8Array;
}

/** Of what was taken for bytes and is none. */
export function notBytes(name: string, value: unknown): TypeError {
  return new TypeError(`Expected a ${name} to be a string or a Uint8Array, got \`${describeCause(value)}\``);
}

/** The size as sent. */
export function byteLength(bytes: Bytes): number {
  return typeof bytes === 'string' ? Buffer.byteLength(bytes) : bytes.length;
}
