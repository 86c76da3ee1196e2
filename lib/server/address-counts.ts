/** How many connections each client has: one of IPv4 by its address, one of IPv6 by its network of 64 bits. */
import type { Address } from '../values/address.js';
import { parseIp, withoutZone } from '../values/ip-address.js';

export class AddressCounts {
  readonly #max: number;
  readonly #counts = new Map<string, number>();

  constructor(max: number) {
    this.#max = max;
  }

  /** Returns whether there was room for one more. Clients of Unix sockets have no address, and no limit. */
  add(remote: Address): boolean {
    const client = this.#clientOf(remote);
    if (client === undefined) return true;
    const count = this.#counts.get(client) ?? 0;
    if (count >= this.#max) return false;
    this.#counts.set(client, count + 1);
    return true;
  }

  remove(remote: Address): void {
    const client = this.#clientOf(remote);
    if (client === undefined) return;
    const count = this.#counts.get(client) ?? 0;
    if (count > 1) this.#counts.set(client, count - 1);
    else this.#counts.delete(client);
  }

  /** Undefined where nothing is counted. */
  #clientOf({ host }: Address): string | undefined {
    if (host === undefined || this.#max === Number.POSITIVE_INFINITY) return undefined;
    const bytes = parseIp(withoutZone(host));
    if (bytes === undefined) return host; // a name, on a memory network
    const digits = Buffer.from(bytes).toString('hex');
    if (digits.startsWith(mappedPrefix)) return digits.slice(mappedPrefix.length);
    return bytes.length === ipv6Bytes ? digits.slice(0, networkDigits) : digits;
  }
}

const ipv6Bytes = 16;

/** Of an IPv4-mapped IPv6 address, which is the IPv4 one (RFC 4291, section 2.5.5.2). */
const mappedPrefix = `${'0'.repeat(20)}ffff`;

/** One client has as many IPv6 addresses as the last 64 bits allow (RFC 4291, section 2.5.4). */
const networkDigits = 16;
