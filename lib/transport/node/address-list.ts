/** Which addresses a list of IP addresses and networks holds. */
import net from 'node:net';
import type { Address } from '../../values/address.js';
import { withoutZone } from '../../values/ip-address.js';
import { check, type Rule } from '../../values/options.js';

/** Stands for every peer on a Unix domain socket. */
const unix = 'unix';

export const networkList: Rule = {
  expected: `a list of IP addresses, networks such as '10.0.0.0/8', and '${unix}'`,
  accepts: (value) => Array.isArray(value) && value.every((entry) => entry === unix || networkOf(entry) !== undefined),
};

/**
 * Makes a test of addresses: whether one is in a list of IP addresses, networks, and `unix` for every peer on a Unix socket. An
 * IPv4-mapped IPv6 address counts as its IPv4 one.
 * @throws TypeError for an entry that is neither an address, nor a network, nor `unix`
 * @example tcpServer({ port: 50007, accept: addressList(['10.0.0.0/8', 'fd00::/8']) }, echo()).subscribe();
 */
export function addressList(networks: readonly string[]): (address: Address) => boolean {
  check('networks', networks, networkList);
  const listed = new net.BlockList();
  for (const { address, prefix, family } of networks.flatMap((entry) => networkOf(entry) ?? []))
    listed.addSubnet(address, prefix, family);
  const hasUnix = networks.includes(unix);
  return ({ host, path }) => {
    if (path !== undefined) return hasUnix;
    return listed.check(withoutZone(host), familyOf(host)); // what is no IP address is in no list
  };
}

interface Network {
  readonly address: string;
  /** How many of its first bits count. */
  readonly prefix: number;
  readonly family: net.IPVersion;
}

const prefixBits = { ipv4: 32, ipv6: 128 } as const;

/** An address alone is a network of one address. */
const pattern = /^([^/%]+)(?:\/(0|[1-9]\d{0,2}))?$/;

function networkOf(entry: unknown): Network | undefined {
  const found = typeof entry === 'string' ? pattern.exec(entry) : null;
  if (found === null) return undefined;
  const [address, digits] = found.slice(1) as [string, string?];
  const family = familyOf(address);
  const prefix = Number(digits ?? (family && prefixBits[family]));
  return family && prefix <= prefixBits[family] ? { address, prefix, family } : undefined;
}

function familyOf(host: string): net.IPVersion | undefined {
  if (net.isIPv4(host)) return 'ipv4';
  return net.isIPv6(host) ? 'ipv6' : undefined;
}
