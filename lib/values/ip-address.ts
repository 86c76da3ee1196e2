/** IP addresses as bytes, and as the text that Node gives of a socket's address. */

const ipv4Bytes = 4;
const ipv6Words = 8;

/** From 0 to 255, without a leading zero, which some programs take for octal. */
const octet = '(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)';
const ipv4 = new RegExp(`^${octet}\\.${octet}\\.${octet}\\.${octet}$`);
const word = /^[\da-f]{1,4}$/i;

/** The 4 bytes of an IPv4 address or the 16 of an IPv6 one; undefined for other text, and for an address with a zone. */
export function parseIp(text: string): Uint8Array | undefined {
  return text.includes(':') ? parseIpv6(text) : parseIpv4(text);
}

function parseIpv4(text: string): Uint8Array | undefined {
  const octets = ipv4.exec(text)?.slice(1);
  return octets && Uint8Array.from(octets, Number);
}

function parseIpv6(text: string): Uint8Array | undefined {
  const [head = '', tail, ...more] = text.split('::');
  const isWhole = tail === undefined;
  const before = wordsOf(head, isWhole);
  const after = wordsOf(tail ?? '', true);
  if (before === undefined || after === undefined || more.length > 0) return undefined;
  const zeros = ipv6Words - before.length - after.length;
  if (isWhole ? zeros !== 0 : zeros < 1) return undefined;
  const words = [...before, ...Array<number>(zeros).fill(0), ...after];
  return Uint8Array.from(words.flatMap((value) => [value >> 8, value & 0xff]));
}

/** @param isLast the last two words may be written as an IPv4 address */
function wordsOf(text: string, isLast: boolean): number[] | undefined {
  if (text === '') return [];
  const parts = text.split(':');
  const dotted = isLast ? parseIpv4(parts.at(-1) ?? '') : undefined;
  if (dotted !== undefined) parts.pop();
  if (!parts.every((part) => word.test(part))) return undefined;
  return [...parts.map((part) => Number.parseInt(part, 16)), ...pairs(dotted ?? [])];
}

/** Big-endian words of 16 bits. */
function pairs(bytes: ArrayLike<number>): number[] {
  return Array.from({ length: bytes.length / 2 }, (_, at) => ((bytes[2 * at] ?? 0) << 8) | (bytes[2 * at + 1] ?? 0));
}

/** Node writes the zone of a link-local address behind it: `fe80::1%eth0`. It means nothing on another machine. */
export function withoutZone(host: string): string {
  return host.replace(/%.*/, '');
}

/** Writes 4 or 16 bytes as inet_ntop(3) does, which RFC 5952 describes. */
export function formatIp(bytes: Uint8Array): string {
  if (bytes.length === ipv4Bytes) return bytes.join('.');
  const words = pairs(bytes);
  const run = longestZeros(words);
  const hasIpv4 = run.start === 0 && (run.length === 6 || (run.length === 5 && words[5] === 0xffff));
  const written = words.map((value) => value.toString(16));
  if (hasIpv4) written.splice(6, 2, bytes.subarray(12).join('.'));
  if (run.length < 2) return written.join(':');
  return `${written.slice(0, run.start).join(':')}::${written.slice(run.start + run.length).join(':')}`;
}

/** The first of the longest. */
function longestZeros(words: readonly number[]): { readonly start: number; readonly length: number } {
  let longest = { start: 0, length: 0 };
  let length = 0;
  for (const [at, value] of words.entries()) {
    length = value === 0 ? length + 1 : 0;
    if (length > longest.length) longest = { start: at + 1 - length, length };
  }
  return longest;
}
