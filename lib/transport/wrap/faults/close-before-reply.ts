/** The fault `closeBeforeReply`. */
import { end, type Fault, type FaultOptions, makeFault } from './fault.js';

/**
 * Closes the connection in place of the first bytes that this end sends: a server that takes a request and is gone.
 * @example tcpServer({ port: 7, transport: faulty(nodeNetwork(), [closeBeforeReply()]) }, echo()).subscribe();
 */
export function closeBeforeReply(config: Omit<FaultOptions, 'direction'> = {}): Fault {
  return makeFault('closeBeforeReply', { ...config, direction: 'outgoing' }, {}, {}, (_, link) => ({
    take(item) {
      if (item === end) {
        link.pass(end);
        return;
      }
      link.drop(item.length);
      link.close();
    },
  }));
}
