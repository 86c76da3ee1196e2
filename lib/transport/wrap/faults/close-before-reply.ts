/** The fault `closeBeforeReply`. */
import { readOptions } from '../../../values/options.js';
import { end, type Fault, makeFault } from './fault.js';
import { connectionRules, type FaultOptions, faultDefaults } from './fault-options.js';

/**
 * Closes the connection in place of the first bytes that this end sends: a server that takes a request and is gone.
 * @throws TypeError, RangeError for an option that is unknown or out of range
 * @example tcpServer({ port: 7, transport: faulty(nodeNetwork(), [closeBeforeReply()]) }, echo()).subscribe();
 */
export function closeBeforeReply(config: Omit<FaultOptions, 'direction'> = {}): Fault {
  const options = readOptions(config, connectionRules, faultDefaults);
  return makeFault('closeBeforeReply', { ...options, direction: 'outgoing' }, (link) => ({
    take(item) {
      if (item === end) link.pass(end);
      else link.close();
    },
  }));
}
