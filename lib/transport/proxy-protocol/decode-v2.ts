/** Version 2 of the PROXY protocol: addresses in binary, and extensions (TLVs), which are skipped. */
import type { Address } from '../../values/address.js';
import { formatIp } from '../../values/ip-address.js';
import { type Found, invalid, noEnds, type ProxyEnds, signature } from './header.js';
import { command, datagrams, family, pathBytes, prefixBytes, versionBits } from './v2-format.js';

/** What the smallest TCP segment holds that every host takes: the protocol is made to fit in it. */
export const maxBytes = 536;

/** How the addresses of a family are laid out. */
interface Layout {
  readonly bytes: number;
  read(block: Buffer): ProxyEnds;
}

/** Both addresses, then both ports. */
const ipLayout = (ipBytes: number): Layout => ({
  bytes: 2 * ipBytes + 4,
  read: (block) => ({
    source: { host: formatIp(block.subarray(0, ipBytes)), port: block.readUInt16BE(2 * ipBytes) },
    destination: { host: formatIp(block.subarray(ipBytes, 2 * ipBytes)), port: block.readUInt16BE(2 * ipBytes + 2) },
  }),
});

const none: Layout = { bytes: 0, read: () => noEnds };

const layouts: Record<number, Layout> = {
  [family.unspecified]: none,
  [family.tcp4]: ipLayout(4),
  [family.tcp6]: ipLayout(16),
  [family.unixStream]: {
    bytes: 2 * pathBytes,
    read: (block) => ({
      source: readPath(block.subarray(0, pathBytes)),
      destination: readPath(block.subarray(pathBytes, 2 * pathBytes)),
    }),
  },
};

/** Undefined: more is needed. Bytes begin with `signature`, or with what has come of it. */
export function decodeV2(bytes: Buffer): Found | undefined {
  const [versionAndCommand, familyAndTransport] = bytes.subarray(signature.length);
  if (versionAndCommand === undefined) return undefined;
  const isProxied = readCommand(versionAndCommand) === command.proxy;
  if (familyAndTransport === undefined) return undefined;
  const layout = isProxied ? layoutOf(familyAndTransport) : none; // the protocol has a receiver ignore the family of LOCAL
  if (bytes.length < prefixBytes) return undefined;
  const declared = bytes.readUInt16BE(prefixBytes - 2);
  const length = prefixBytes + declared;
  if (length > maxBytes)
    throw invalid(`has ${length} bytes, more than the ${maxBytes} that are accepted: its sender adds too many TLVs`);
  if (declared < layout.bytes)
    throw invalid(`declares ${declared} bytes, less than the ${layout.bytes} of its addresses`);
  if (bytes.length < length) return undefined;
  return { ...layout.read(bytes.subarray(prefixBytes, length)), length };
}

function readCommand(byte: number): number {
  const [high, low] = [byte >> 4, byte & 0x0f];
  if (high !== versionBits) throw invalid(`has version ${high} behind the signature of version 2`);
  if (low !== command.local && low !== command.proxy) throw invalid(`has command ${low}, neither LOCAL nor PROXY`);
  return low;
}

function layoutOf(byte: number): Layout {
  const layout = layouts[byte];
  if (layout !== undefined) return layout;
  if (datagrams.includes(byte)) throw invalid('is for datagrams, and only streams are served');
  throw invalid(`has family and transport 0x${byte.toString(16).padStart(2, '0')}, which the protocol does not list`);
}

/** The name of an abstract socket begins with NUL. A socket without a name has the path ''. */
function readPath(bytes: Buffer): Address {
  const isAbstract = bytes[0] === 0;
  if (isAbstract) return { path: bytes.toString().replace(/\0+$/, '') };
  const end = bytes.indexOf(0);
  return { path: bytes.toString('utf8', 0, end === -1 ? pathBytes : end) };
}
