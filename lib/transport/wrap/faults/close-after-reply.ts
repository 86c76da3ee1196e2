/** The fault `closeAfterReply`. */
import { end, type Fault, type FaultOptions, makeFault } from './fault.js';

/**
 * Closes the connection behind the first bytes that this end sends: a server that answers once, whatever was agreed.
 * @example tcpServer({ port: 7, transport: faulty(nodeNetwork(), [closeAfterReply()]) }, echo()).subscribe();
 */
export function closeAfterReply(config: Omit<FaultOptions, 'direction'> = {}): Fault {
  return makeFault('closeAfterReply', { ...config, direction: 'outgoing' }, {}, {}, (_, link) => ({
    take(item) {
      link.pass(item);
      if (item !== end) link.close();
    },
  }));
}
