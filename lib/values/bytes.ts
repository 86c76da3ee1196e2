/** What can be sent: bytes, which must not be changed afterwards, or a string, which is sent as UTF-8. */
export type Bytes = Uint8Array | string;

export function isBytes(value: unknown): value is Bytes {
  return typeof value === 'string' || value instanceof Uint8Array;
}

/** The size as sent. */
export function byteLength(bytes: Bytes): number {
  return typeof bytes === 'string' ? Buffer.byteLength(bytes) : bytes.length;
}
