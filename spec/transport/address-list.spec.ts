/** A list of IP addresses and networks holds the addresses that it says, in either way of writing them. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressList } from '../../lib/transport/node/address-list.js';
import { formatIp, parseIp } from '../../lib/values/ip-address.js';

const at = (host: string) => ({ host, port: 1 });

describe('addressList', () => {
  it.each([
    [['10.0.0.1'], ['10.0.0.1', '::ffff:10.0.0.1', '::ffff:a00:1'], ['10.0.0.2', '::10.0.0.1']],
    [['10.0.0.0/8'], ['10.0.0.0', '10.255.255.255', '::ffff:10.1.2.3'], ['9.255.255.255', '11.0.0.0']],
    [['192.168.1.77/25'], ['192.168.1.0', '192.168.1.127'], ['192.168.1.128']],
    [['0.0.0.0/0'], ['0.0.0.0', '255.255.255.255', '::ffff:1.2.3.4'], ['::1', 'fd00::1']],
    [['::1'], ['::1', '0:0:0:0:0:0:0:1'], ['::2', '127.0.0.1']],
    [['fd00::/8'], ['fd00::', 'fdff:ffff::1'], ['fc00::1', 'fe80::1']],
    [['2001:db8::/33'], ['2001:db8:7fff::1'], ['2001:db8:8000::1']],
    [['::ffff:10.0.0.0/104'], ['10.1.2.3', '::ffff:10.1.2.3'], ['11.0.0.0']],
    [['fe80::/10'], ['fe80::1%eth0', 'febf::1'], ['fec0::1']],
    [
      ['127.0.0.1', '::1', 'unix'],
      ['127.0.0.1', '::1'],
      ['127.0.0.2', '::2', 'unix', 'client-1', ''],
    ],
    [[], [], ['127.0.0.1', '::1']],
  ])('%j holds %j, and none of %j', (networks, inside, outside) => {
    const holds = addressList(networks);
    expect(inside.filter((host) => !holds(at(host)))).toEqual([]);
    expect(outside.filter((host) => holds(at(host)))).toEqual([]);
  });

  it("holds every path with 'unix', and none without it", () => {
    for (const path of ['/run/x.sock', '\0abstract', '']) {
      expect(addressList(['10.0.0.0/8', 'unix'])({ path })).toBe(true);
      expect(addressList(['0.0.0.0/0', '::/0'])({ path })).toBe(false);
    }
  });

  it('holds the addresses that begin with the bits of the network, and no other', () => {
    const ip = fc.oneof(fc.ipV4(), fc.ipV6());
    const near = fc.tuple(fc.nat(127), fc.boolean());
    const property = fc.property(ip, fc.nat(128), near, (network, most, [bit, isMapped]) => {
      const bytes = parseIp(network) as Uint8Array;
      const prefix = most % (8 * bytes.length + 1);
      const other = bytes.slice();
      const flipped = bit % (8 * bytes.length);
      other[flipped >> 3] = (other[flipped >> 3] as number) ^ (0x80 >> (flipped & 7));
      const holds = addressList([`${network}/${prefix}`]);
      const host = isMapped && other.length === 4 ? `::ffff:${formatIp(other)}` : formatIp(other);
      expect(holds(at(host))).toBe(flipped >= prefix);
    });
    fc.assert(property, { numRuns: 2_000 });
  });

  it.each([
    ...['localhost', '10.0.0', '10.0.0.0/33', '::/129', '10.0.0.0/08', '10.0.0.0/', '10.0.0.0/-1', '10.0.0.0/8/8'],
    ...[
      '10.0.0.0/255.0.0.0',
      'fe80::1%eth0',
      ' 10.0.0.1',
      '10.0.0.1\n',
      '[::1]',
      '/8',
      '',
      'UNIX',
      7,
      null,
      undefined,
      ['::1'],
    ],
  ])('refuses the entry %j with a TypeError', (entry) => {
    expect(() => addressList(['::1', entry as string])).toThrow(TypeError);
    expect(() => addressList(['::1', entry as string])).toThrow(
      /^Expected `networks` to be a list of IP addresses, networks such as '10\.0\.0\.0\/8', and 'unix', got `\[ '::1', /,
    );
  });

  it.each<unknown>(['10.0.0.1', undefined, null, { 0: '::1', length: 1 }])(
    'refuses %j, which is no list',
    (networks) => {
      expect(() => addressList(networks as string[])).toThrow(TypeError);
    },
  );
});
