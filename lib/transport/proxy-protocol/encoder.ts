/** Writes the PROXY protocol header that a connection begins with. */
import type { Address } from '../../values/address.js';
import { nothing } from '../../values/bytes.js';
import { formatIp, parseIp, withoutZone } from '../../values/ip-address.js';
import { lineStart, signature } from './header.js';
import { command, family, pathBytes, prefixBytes, versionBits } from './v2-format.js';

/** Addresses that the version cannot say, a missing one among them, become UNKNOWN in version 1 and LOCAL in version 2. */
export function encodeProxyHeader(
  version: 1 | 2,
  source: Address | undefined,
  destination: Address | undefined,
): Buffer {
  const ips = ipPair(source, destination);
  if (version === 1) return encodeV1(ips);
  if (ips !== undefined)
    return encodeV2(command.proxy, ips[0].bytes.length === 4 ? family.tcp4 : family.tcp6, ipBlock(ips));
  const paths = pathBlock(source?.path, destination?.path);
  if (paths !== undefined) return encodeV2(command.proxy, family.unixStream, paths);
  return encodeV2(command.local, family.unspecified, nothing);
}

interface Ip {
  readonly bytes: Uint8Array;
  readonly port: number;
}

type IpPair = readonly [source: Ip, destination: Ip];

/** Both of one family. Undefined where one is no IP address: a path, or a name on a memory network. */
function ipPair(source: Address | undefined, destination: Address | undefined): IpPair | undefined {
  const [from, to] = [ipOf(source), ipOf(destination)];
  if (from === undefined || to === undefined) return undefined;
  return from.bytes.length === to.bytes.length ? [from, to] : [mapped(from), mapped(to)];
}

function ipOf(address: Address | undefined): Ip | undefined {
  if (address?.host === undefined) return undefined;
  const bytes = parseIp(withoutZone(address.host));
  return bytes && { bytes, port: address.port };
}

/** An IPv4 address as an IPv6 one (RFC 4291, section 2.5.5.2). */
function mapped({ bytes, port }: Ip): Ip {
  return {
    bytes: bytes.length === 4 ? Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, ...bytes) : bytes,
    port,
  };
}

function encodeV1(ips: IpPair | undefined): Buffer {
  if (ips === undefined) return Buffer.from(`${lineStart}UNKNOWN\r\n`);
  const [source, destination] = ips;
  const name = source.bytes.length === 4 ? 'TCP4' : 'TCP6';
  const hosts = `${formatIp(source.bytes)} ${formatIp(destination.bytes)}`;
  return Buffer.from(`${lineStart}${name} ${hosts} ${source.port} ${destination.port}\r\n`);
}

function ipBlock([source, destination]: IpPair): Buffer {
  const ports = Buffer.alloc(4);
  ports.writeUInt16BE(source.port);
  ports.writeUInt16BE(destination.port, 2);
  return Buffer.concat([source.bytes, destination.bytes, ports]);
}

function pathBlock(source: string | undefined, destination: string | undefined): Buffer | undefined {
  if (source === undefined || destination === undefined) return undefined;
  if (Math.max(Buffer.byteLength(source), Buffer.byteLength(destination)) > pathBytes) return undefined;
  const block = Buffer.alloc(2 * pathBytes);
  block.write(source);
  block.write(destination, pathBytes);
  return block;
}

function encodeV2(what: number, familyAndTransport: number, block: Buffer): Buffer {
  const prefix = Buffer.alloc(prefixBytes);
  signature.copy(prefix);
  prefix[signature.length] = (versionBits << 4) | what;
  prefix[signature.length + 1] = familyAndTransport;
  prefix.writeUInt16BE(block.length, signature.length + 2);
  return Buffer.concat([prefix, block]);
}
