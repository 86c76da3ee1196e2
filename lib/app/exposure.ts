/** A warning for an address that other machines reach, where that may not be meant. */
import { type Address, addressList } from '../index.js';
import type { ListeningFlags } from './flags/listening.js';

const isLoopback = addressList(['127.0.0.0/8', '::1']);
const isWildcard = addressList(['0.0.0.0', '::']);

/** Of the command line a name or an address is meant as it is; HOST of the environment may be there for another program. */
export function exposure(flags: ListeningFlags, isHostOfEnvironment: boolean): string | undefined {
  const { host, unix, fd } = flags;
  if (unix !== undefined || fd !== undefined) return undefined;
  const address = { host, port: flags.port };
  if (isHostOfEnvironment && host !== 'localhost' && !isLoopback(address)) {
    return `HOST=${host} of the environment accepts connections from other machines; --host 127.0.0.1 does not`;
  }
  return everywhere(address, `--host ${host}`);
}

/** @param given the address as it was given */
export function everywhere(address: Address, given: string): string | undefined {
  if (address.path !== undefined || !isWildcard(address)) return undefined;
  return `${given} accepts connections from every machine that can reach this one`;
}
