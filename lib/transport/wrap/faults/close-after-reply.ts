/** The fault `closeAfterReply`. */
import { readOptions } from '../../../values/options.js';
import { end, type Fault, makeFault } from './fault.js';
import { connectionRules, type FaultOptions, faultDefaults } from './fault-options.js';

/**
 * Closes the connection behind the first bytes that this end sends: a server that answers once, whatever was agreed.
 * @throws TypeError, RangeError for an option that is unknown or out of range
 * @example tcpServer({ port: 7, transport: faulty(nodeNetwork(), [closeAfterReply()]) }, echo()).subscribe();
 */
export function closeAfterReply(config: Omit<FaultOptions, 'direction'> = {}): Fault {
  const options = readOptions(config, connectionRules, faultDefaults);
  return makeFault('closeAfterReply', { ...options, direction: 'outgoing' }, (link) => ({
    take(item) {
      link.pass(item);
      if (item !== end) link.close();
    },
  }));
}
