/** The fault `refuse`. */
import { readOptions } from '../../../values/options.js';
import { type Fault, makeFault } from './fault.js';
import { connectionRules, type FaultOptions, faultDefaults } from './fault-options.js';

/**
 * Refuses connections: a client's error is ERR_CONNECTION_REFUSED; the peer of a server, which the kernel has accepted, is reset.
 * @throws TypeError, RangeError for an option that is unknown or out of range
 * @example faulty(nodeNetwork(), [refuse({ first: 3 })]) // three fail, all others work
 */
export function refuse(config: Omit<FaultOptions, 'direction'> = {}): Fault {
  const options = readOptions(config, connectionRules, faultDefaults);
  const passing = makeFault('refuse', { ...options, direction: 'both' }, (link) => ({
    take: (item) => link.pass(item),
  }));
  return Object.freeze({ ...passing, refuses: true });
}
