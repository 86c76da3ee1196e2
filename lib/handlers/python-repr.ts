/** The `repr` of a bytes object in CPython 3. */

const quote = 0x27;
const doubleQuote = 0x22;
const backslash = 0x5c;

/** Prints `b'…'`, or `b"…"` around single quotes without double ones (CPython, Objects/bytesobject.c, PyBytes_Repr). */
export function pythonRepr(bytes: Uint8Array): string {
  const outer = bytes.includes(quote) && !bytes.includes(doubleQuote) ? doubleQuote : quote;
  const mark = String.fromCharCode(outer);
  let inner = '';
  for (const byte of bytes) inner += byte === outer ? `\\${mark}` : printed[byte];
  return `b${mark}${inner}${mark}`;
}

const printed = Array.from({ length: 256 }, (_, byte) => {
  if (byte === backslash) return '\\\\';
  if (byte === 0x09) return '\\t';
  if (byte === 0x0a) return '\\n';
  if (byte === 0x0d) return '\\r';
  if (byte < 0x20 || byte >= 0x7f) return `\\x${byte.toString(16).padStart(2, '0')}`;
  return String.fromCharCode(byte);
});
