/** Whatever a connection begins with, and however it is cut: a PROXY protocol header, its one error, or a need for more. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Address, TcpError } from '../../lib/index.js';
import { encodeProxyHeader } from '../../lib/transport/proxy-protocol/encoder.js';
import { formatIp, parseIp } from '../../lib/values/ip-address.js';
import { cut, lengths } from '../support/cuts.js';
import { binary, type Decoded, decoded } from '../support/proxy-headers.js';
import { runs } from './runs.js';

type Outcome = Decoded | undefined | { readonly refused: string };

/** Any other error fails the property. */
function outcome(chunks: readonly Buffer[]): Outcome {
  try {
    return decoded(...chunks);
  } catch (error) {
    if (!(error instanceof TcpError) || error.code !== 'ERR_PROXY_PROTOCOL') throw error;
    return { refused: error.message };
  }
}

const port = fc.oneof(fc.constantFrom(0, 65_535), fc.nat(65_535));
/** In the spelling that a decoder gives. */
const host = fc.oneof(fc.ipV4(), fc.ipV6()).map((text) => formatIp(parseIp(text) as Uint8Array));
const ends = (address: fc.Arbitrary<Address>) => fc.tuple(address, address);
const ipv4 = ends(fc.record({ host: fc.ipV4(), port }));
const ipv6 = ends(fc.record({ host: host.filter((text) => text.includes(':')), port }));
const name = fc.string({ unit: 'grapheme', maxLength: 20 }).map((text) => text.replaceAll('\0', ''));
const path = fc.oneof(
  name,
  name.filter((text) => text !== '').map((text) => `\0${text}`),
);
const paths = ends(fc.record({ path }));

const version = fc.constantFrom<1 | 2>(1, 2);
/** Up to the length that is asked for, and not the few bytes that fast-check takes by itself. */
const bytes = (maxLength: number, minLength = 0) =>
  fc.uint8Array({ minLength, maxLength, size: 'max' }).map((bytes) => Buffer.from(bytes));

const valid = fc.oneof(
  fc.tuple(version, fc.oneof(ipv4, ipv6, paths)).map(([version, [from, to]]) => encodeProxyHeader(version, from, to)),
  fc.tuple(fc.constantFrom('2111', '2121', '2000', '2100'), bytes(530)).map(([prefix, block]) => binary(prefix, block)),
  bytes(100).map((text) => Buffer.concat([Buffer.from('PROXY UNKNOWN '), text, Buffer.from('\r\n')])),
);

/** Some bytes of a header are others, or gone, or there twice. */
const mutated = fc
  .tuple(valid, fc.array(fc.tuple(fc.nat(60), fc.nat(2), bytes(2)), { maxLength: 3 }))
  .map(([header, changes]) =>
    changes.reduce(
      (now, [at, gone, put]) => Buffer.concat([now.subarray(0, at), put, now.subarray(at + gone)]),
      header,
    ),
  );

/** Text that is nearly a line of version 1. */
const text = fc
  .array(
    fc.constantFrom('TCP4', 'TCP6', 'UNKNOWN', '1.2.3.4', '::1', '65535', '0', ' ', ' ', ' ', '\r', '\n', '\r\n', 'x'),
    {
      maxLength: 30,
      size: 'max',
    },
  )
  .map((words) => Buffer.from(`PROXY ${words.join('')}`));

const begun = fc.oneof(bytes(600), text, valid, mutated);

describe('any bytes at the beginning of a connection', () => {
  it('have one outcome, however they are cut', () => {
    const property = fc.property(begun, bytes(20), lengths, (begun, data, lengths) => {
      const bytes = Buffer.concat([begun, data]);
      const whole = outcome([bytes]);
      expect(outcome(cut(bytes, lengths))).toEqual(whole);
      expect(outcome(cut(bytes, [1]))).toEqual(whole);
    });
    fc.assert(property, runs(10_000));
  });

  it('are a header or refused after 107 bytes of version 1, or 536 of version 2', () => {
    const property = fc.property(begun, bytes(600, 536), (begun, data) => {
      const bytes = Buffer.concat([begun, data]);
      const limit = bytes[0] === 'P'.charCodeAt(0) ? 107 : 536;
      expect(outcome([bytes.subarray(0, limit)])).toBeDefined();
    });
    fc.assert(property, runs(2_000));
  });
});

describe('a header that is written', () => {
  const data = bytes(100);

  it.each([
    ['IPv4', ipv4, version],
    ['IPv6', ipv6, version],
    ['Unix', paths, fc.constant<2>(2)],
  ] as const)('is read as the same addresses: %s', (_, ends, version) => {
    const property = fc.property(ends, version, data, lengths, ([source, destination], version, data, lengths) => {
      const header = encodeProxyHeader(version, source, destination);
      const chunks = cut(Buffer.concat([header, data]), lengths);
      expect(decoded(...chunks)).toEqual({ source, destination, data });
    });
    fc.assert(property, runs(2_000));
  });
});
