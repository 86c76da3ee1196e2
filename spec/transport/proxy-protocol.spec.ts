/** The headers of the PROXY protocol, both versions: what is read, what is refused and when, and what is written (F66). */
import { describe, expect, it } from 'vitest';
import { type Address, TcpError } from '../../lib/index.js';
import { ProxyHeaderDecoder } from '../../lib/transport/proxy-protocol/decoder.js';
import { encodeProxyHeader } from '../../lib/transport/proxy-protocol/encoder.js';
import { cut } from '../support/cuts.js';
import { collect } from '../support/garbage.js';
import { binary, decoded, signature } from '../support/proxy-headers.js';

type Ends = Record<'source' | 'destination', Address | undefined>;

const tcp = (source: string, sourcePort: number, destination: string, destinationPort: number): Ends => ({
  source: { host: source, port: sourcePort },
  destination: { host: destination, port: destinationPort },
});
const unix = (source: string, destination: string): Ends => ({
  source: { path: source },
  destination: { path: destination },
});
const unknown: Ends = { source: undefined, destination: undefined };

const hex = (digits: string) => Buffer.from(digits.replaceAll(' ', ''), 'hex');
const zeros = (bytes: number) => '00'.repeat(bytes);
const inBlock = (...paths: string[]) => Buffer.concat(paths.map((path) => Buffer.from(path.padEnd(108, '\0'))));

const ipv4 = tcp('192.0.2.7', 56_324, '198.51.100.1', 443);
const ipv4Block = hex('c0000207 c6336401 dc04 01bb');
const ipv6 = tcp('2001:db8::7', 65_535, '::1', 0);
const ipv6Block = hex(`20010db8${zeros(11)}07 ${zeros(15)}01 ffff 0000`);
const mapped = tcp('::ffff:192.0.2.7', 1, '::ffff:198.51.100.1', 2);
const mappedBlock = hex(`${zeros(10)}ffffc0000207 ${zeros(10)}ffffc6336401 0001 0002`);
const sockets = unix('\0client', '/run/server.sock');
const socketsBlock = inBlock('\0client', '/run/server.sock');

/** What is read and what is written are the same bytes. */
const both: [name: string, version: 1 | 2, header: Buffer, ends: Ends][] = [
  ['TCP4', 1, Buffer.from('PROXY TCP4 192.0.2.7 198.51.100.1 56324 443\r\n'), ipv4],
  ['TCP6', 1, Buffer.from('PROXY TCP6 2001:db8::7 ::1 65535 0\r\n'), ipv6],
  ['mapped TCP6', 1, Buffer.from('PROXY TCP6 ::ffff:192.0.2.7 ::ffff:198.51.100.1 1 2\r\n'), mapped],
  ['UNKNOWN', 1, Buffer.from('PROXY UNKNOWN\r\n'), unknown],
  ['TCP over IPv4', 2, binary('2111', ipv4Block), ipv4],
  ['TCP over IPv6', 2, binary('2121', ipv6Block), ipv6],
  ['TCP over mapped IPv6', 2, binary('2121', mappedBlock), mapped],
  ['Unix streams', 2, binary('2131', socketsBlock), sockets],
  ['Unix sockets without a name', 2, binary('2131', inBlock('', '')), unix('', '')],
  ['Unix sockets with the longest path', 2, binary('2131', inBlock('s'.repeat(108), '')), unix('s'.repeat(108), '')],
  ['LOCAL', 2, binary('2000'), unknown],
];

const ip = 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff';

/** What this library does not write. */
const readOnly: [name: string, version: 1 | 2, header: Buffer, ends: Ends][] = [
  ['UNKNOWN with the longest line', 1, Buffer.from(`PROXY UNKNOWN ${ip} ${ip} 65535 65535\r\n`), unknown],
  ['UNKNOWN with other text', 1, Buffer.from('PROXY UNKNOWN \r \n \0\xff\r\n', 'latin1'), unknown],
  ['TCP6 in another spelling', 1, Buffer.from('PROXY TCP6 2001:DB8:0::0007 0:0:0:0:0:0:0:1 65535 0\r\n'), ipv6],
  ['LOCAL with addresses', 2, binary('2021', ipv6Block), unknown],
  ['LOCAL with an unknown family', 2, binary('20ff', 'abc'), unknown],
  ['no family', 2, binary('2100', 'abc'), unknown],
  ['TCP over IPv4 with TLVs', 2, binary('2111', Buffer.concat([ipv4Block, hex('030004 01020304')])), ipv4],
  ['TCP over IPv6 with 536 bytes', 2, binary('2121', Buffer.concat([ipv6Block], 520)), ipv6],
  ['Unix streams with bytes behind a path', 2, binary('2131', inBlock('/a\0b', '\0c\0d')), unix('/a', '\0c\0d')],
];

describe.each([...both, ...readOnly])('a header of %s, version %d', (_, __, header, ends) => {
  it('is read; what follows it is data, also another header', () => {
    expect(decoded(header)).toEqual({ ...ends, data: Buffer.alloc(0) });
    expect(decoded(Buffer.concat([header, header]))).toEqual({ ...ends, data: header });
  });

  it('is read byte by byte, and complete with its last one', () => {
    const bytes = Buffer.concat([header, Buffer.from('data')]);
    expect(decoded(...cut(bytes, [1]))).toEqual({ ...ends, data: Buffer.from('data') });
    expect(decoded(...cut(header.subarray(0, -1), [1]))).toBeUndefined();
  });
});

const line = (text: string) => Buffer.from(text);

const noStart = 'begins neither with "PROXY " nor with the signature of version 2';
const noFamily = 'names none of the families TCP4, TCP6, UNKNOWN';
const notA = (field: string, expected: string) => `has a ${field} that is not ${expected}`;
const datagrams = 'is for datagrams, and only streams are served';
const tooLong = 'has 537 bytes, more than the 536 that are accepted: its sender adds too many TLVs';

describe('a wrong header is refused at the first byte that shows it', () => {
  it.each<[what: string, begun: Buffer, reason: string]>([
    ['a TLS handshake', hex('16'), noStart],
    ['another word', line('PROXX'), noStart],
    ['small letters', line('p'), noStart],
    ['another signature', hex(signature.replace(/0a$/, '0d')), noStart],
    ['another family', line('PROXY TCP5'), noFamily],
    ['no family', line('PROXY  '), noFamily],
    ['half a family', line('PROXY TCP '), noFamily],
    ['CR behind UNKNOWN', line('PROXY UNKNOWN\r\r'), 'has a CR without LF'],
    ['half a family before CR', line('PROXY UNK\r'), noFamily],
    ['a longer word', line('PROXY UNKNOWNS'), noFamily],
    ['a host name', line('PROXY TCP4 l'), notA('source address', 'an IPv4 address')],
    ['two spaces', line('PROXY TCP4  '), notA('source address', 'an IPv4 address')],
    ['an octet of 256', line('PROXY TCP4 1.2.3.256 '), notA('source address', 'an IPv4 address')],
    ['an octet with a zero', line('PROXY TCP4 1.2.3.4 1.2.3.04 '), notA('destination address', 'an IPv4 address')],
    ['an address without an end', line('PROXY TCP4 1234567890123456'), notA('source address', 'an IPv4 address')],
    ['IPv6 in TCP4', line('PROXY TCP4 :'), notA('source address', 'an IPv4 address')],
    ['IPv4 in TCP6', line('PROXY TCP6 1.2.3.4 '), notA('source address', 'an IPv6 address')],
    ['a zone', line('PROXY TCP6 ::1 fe80::1%'), notA('destination address', 'an IPv6 address')],
    ['port 65536', line('PROXY TCP4 1.2.3.4 1.2.3.4 65536 '), notA('source port', 'a port from 0 to 65535')],
    ['port 00', line('PROXY TCP4 1.2.3.4 1.2.3.4 1 00\r'), notA('destination port', 'a port from 0 to 65535')],
    ['port +1', line('PROXY TCP4 1.2.3.4 1.2.3.4 +'), notA('source port', 'a port from 0 to 65535')],
    ['a port of six digits', line('PROXY TCP4 1.2.3.4 1.2.3.4 100000'), notA('source port', 'a port from 0 to 65535')],
    ['one port', line('PROXY TCP4 1.2.3.4 1.2.3.4 1\r'), 'has fewer than 4 fields behind its family'],
    ['three ports', line('PROXY TCP4 1.2.3.4 1.2.3.4 1 2 '), 'has more than 4 fields behind its family'],
    ['LF without CR', line('PROXY TCP4 1.2.3.4 1.2.3.4 1 2\n'), notA('destination port', 'a port from 0 to 65535')],
    ['CR without LF', line('PROXY TCP4 1.2.3.4 1.2.3.4 1 2\rx'), 'has a CR without LF'],
    ['a line without CRLF', line(`PROXY UNKNOWN ${'x'.repeat(92)}`), 'has no CRLF within 107 bytes'],
    ['a line without LF', line(`PROXY UNKNOWN ${'x'.repeat(91)}\rx`), 'has no CRLF within 107 bytes'],
    ['version 1 in binary', hex(`${signature}11`), 'has version 1 behind the signature of version 2'],
    ['command 2', hex(`${signature}22`), 'has command 2, neither LOCAL nor PROXY'],
    ['UDP over IPv4', hex(`${signature}2112`), datagrams],
    ['Unix datagrams', hex(`${signature}2132`), datagrams],
    ['a family alone', hex(`${signature}2110`), 'has family and transport 0x10, which the protocol does not list'],
    ['a transport alone', hex(`${signature}2101`), 'has family and transport 0x01, which the protocol does not list'],
    ['537 bytes', binary('2111', '', 521), tooLong],
    ['537 bytes of LOCAL', binary('2000', '', 521), tooLong],
    ['too few bytes for IPv4', binary('2111', '', 11), 'declares 11 bytes, less than the 12 of its addresses'],
    ['too few bytes for IPv6', binary('2121', '', 35), 'declares 35 bytes, less than the 36 of its addresses'],
    ['too few bytes for Unix', binary('2131', '', 215), 'declares 215 bytes, less than the 216 of its addresses'],
  ])('%s', (_, begun, reason) => {
    expect(decoded(...cut(begun.subarray(0, -1), [1]))).toBeUndefined();
    for (const chunks of [[begun], cut(begun, [1]), [Buffer.concat([begun, Buffer.alloc(65_536)])]]) {
      const error = failure(() => decoded(...chunks));
      expect(error).toBeInstanceOf(TcpError);
      expect(error).toMatchObject({ code: 'ERR_PROXY_PROTOCOL' });
      expect((error as TcpError).message).toBe(`The PROXY protocol header is not valid: it ${reason}`);
    }
  });
});

function failure(act: () => unknown): unknown {
  try {
    return act();
  } catch (error) {
    return error;
  }
}

describe('the decoder', () => {
  it('needs more where nothing came', () => {
    const decoder = new ProxyHeaderDecoder();
    expect(decoder.push(Buffer.alloc(0))).toBeUndefined();
    expect(decoder.push(Buffer.from('PROXY UNKNOWN\r\n'))).toMatchObject(unknown);
  });

  it('keeps no chunk while it waits for the next one', async () => {
    const decoder = new ProxyHeaderDecoder();
    const feed = (): WeakRef<ArrayBufferLike> => {
      const block = Buffer.allocUnsafeSlow(65_536);
      block.write('PROXY TCP4 ');
      decoder.push(block.subarray(0, 11));
      return new WeakRef(block.buffer);
    };
    const memory = feed();
    const isFree = () => {
      collect();
      return memory.deref() === undefined;
    };
    await expect.poll(isFree).toBe(true);
    expect(decoder.push(Buffer.from('1.2.3.4 1.2.3.5 6 7\r\n'))).toMatchObject(tcp('1.2.3.4', 6, '1.2.3.5', 7));
  });
});

describe('the encoder', () => {
  it.each(both)('writes a header of %s, version %d', (_, version, header, { source, destination }) => {
    expect(encodeProxyHeader(version, source, destination)).toEqual(header);
  });

  it('writes an IPv4 address beside an IPv6 one as an IPv4-mapped one', () => {
    const { source, destination } = tcp('192.0.2.7', 1, '2001:db8::7', 2);
    const text = 'PROXY TCP6 ::ffff:192.0.2.7 2001:db8::7 1 2\r\n';
    expect(String(encodeProxyHeader(1, source, destination))).toBe(text);
    const block = hex(`20010db8${zeros(11)}07 ${zeros(10)}ffffc0000207 0002 0001`);
    expect(encodeProxyHeader(2, destination, source)).toEqual(binary('2121', block));
  });

  it('leaves out the zone of a link-local address', () => {
    const { source, destination } = tcp('fe80::1%eth0', 1, 'fe80::2%eth0', 2);
    expect(String(encodeProxyHeader(1, source, destination))).toBe('PROXY TCP6 fe80::1 fe80::2 1 2\r\n');
  });

  it.each<[what: string, ends: Ends]>([
    ['no source', { ...ipv4, source: undefined }],
    ['no destination', { ...ipv4, destination: undefined }],
    ['a host of a memory network', tcp('client', 1, '127.0.0.1', 2)],
    ['a path and a host', { ...ipv4, source: { path: '/run/client.sock' } }],
    ['a host and a path', { ...ipv4, destination: { path: '/run/server.sock' } }],
    ['a path that is too long', unix('é'.repeat(55), '/run/server.sock')],
  ])('writes UNKNOWN or LOCAL for %s', (_, { source, destination }) => {
    expect(String(encodeProxyHeader(1, source, destination))).toBe('PROXY UNKNOWN\r\n');
    expect(encodeProxyHeader(2, source, destination)).toEqual(binary('2000'));
  });

  it('writes UNKNOWN for paths in version 1', () => {
    expect(String(encodeProxyHeader(1, sockets.source, sockets.destination))).toBe('PROXY UNKNOWN\r\n');
  });
});
