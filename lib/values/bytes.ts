/** What goes onto the wire: bytes as they are, not to be changed once handed over, or a string as its UTF-8. */
export type Bytes = Uint8Array | string;

export function isBytes(value: unknown): value is Bytes {
  return typeof value === 'string' || value instanceof Uint8Array;
}

/** The size on the wire. */
export function byteLength(bytes: Bytes): number {
  return typeof bytes === 'string' ? Buffer.byteLength(bytes) : bytes.length;
}
