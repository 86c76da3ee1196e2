/** How many connections each client has: one of IPv4 by its address, one of IPv6 by its network of 64 bits. */
import type { Address } from '../values/address.js';

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
    // An IPv4-mapped IPv6 address is the IPv4 one (RFC 4291, section 2.5.5.2).
    const [, mapped] = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(host) ?? [];
    return mapped ?? (host.includes(':') ? networkOf(host) : host);
  }
}

const groups = 8;

/** The first 64 bits of an IPv6 address: one client has as many addresses as the other 64 allow (RFC 4291, section 2.5.4). */
function networkOf(host: string): string {
  const [before = '', after] = host.split('::');
  const first = before.split(':').filter(Boolean);
  const zeros = after === undefined ? 0 : groups - first.length - after.split(':').filter(Boolean).length;
  const all = [...first, ...Array<string>(zeros).fill('0'), ...(after?.split(':') ?? [])];
  return all.slice(0, groups / 2).join(':');
}
