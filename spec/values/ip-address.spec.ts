/** IP addresses are accepted and written as Node does it. */
import net from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatIp, parseIp } from '../../lib/values/ip-address.js';

/** Text that is nearly an address. */
const nearly = fc.oneof(
  fc.string({ unit: fc.constantFrom(...'0123459.'), maxLength: 16 }),
  fc.string({ unit: fc.constantFrom(...'0159afF:::.'), maxLength: 24 }),
  fc
    .array(fc.constantFrom('0', '1', 'ffff', '', '1.2.3.4', '12345'), { maxLength: 10 })
    .map((words) => words.join(':')),
  fc.tuple(fc.ipV6(), fc.nat(40)).map(([text, at]) => text.slice(0, at) + text.slice(at + 1)),
  fc.ipV4(),
  fc.ipV6(),
);

/** Zeros are frequent: the longest run of them is left out of the text. */
const bytes = fc
  .array(fc.oneof(fc.constant(0), fc.constant(0xffff), fc.nat(0xffff)), { minLength: 8, maxLength: 8 })
  .map((words) => Uint8Array.from(words.flatMap((word) => [word >> 8, word & 0xff])));

describe('parseIp', () => {
  it('accepts what Node accepts, but no zone', () => {
    const property = fc.property(nearly, (text) => {
      expect(parseIp(text)?.length).toBe({ 0: undefined, 4: 4, 6: 16 }[net.isIP(text)]);
    });
    fc.assert(property, { numRuns: 5_000 });
  });

  it.each([
    'fe80::1%eth0',
    'localhost',
    '',
    '1.2.3.4\n',
    '01.2.3.4',
    '1.2.3.256',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7::8',
  ])('refuses %j', (text) => {
    expect(parseIp(text)).toBeUndefined();
  });

  it('reads an IPv4 address at the end of an IPv6 one', () => {
    expect(parseIp('64:ff9b::192.0.2.33')).toEqual(parseIp('64:ff9b::c000:221'));
  });
});

describe('formatIp', () => {
  it('writes IPv6 as Node does', () => {
    const property = fc.property(bytes, (bytes) => {
      const plain = Array.from({ length: 8 }, (_, at) =>
        Buffer.from(bytes)
          .readUInt16BE(2 * at)
          .toString(16),
      ).join(':');
      expect(formatIp(bytes)).toBe(new net.SocketAddress({ address: plain, family: 'ipv6' }).address);
    });
    fc.assert(property, { numRuns: 5_000 });
  });

  it.each(['::', '::1', '2001:db8::1', '1::', '1:0:2::', '1:0:2:3:4:5:6:7', '::ffff:1.2.3.4', '::1.2.3.4', '10.0.0.1'])(
    'writes %s as it was',
    (text) => {
      expect(formatIp(parseIp(text) as Uint8Array)).toBe(text);
    },
  );

  it('writes the first of two runs of zeros short, and letters small', () => {
    expect(formatIp(parseIp('A:0:0:1:0:0:0B:00c') as Uint8Array)).toBe('a::1:0:0:b:c');
  });
});
