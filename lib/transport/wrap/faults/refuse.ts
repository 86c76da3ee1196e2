/** The fault `refuse`. */
import { type Fault, type FaultOptions, makeFault } from './fault.js';

/**
 * Refuses connections: a client sees that none listens, and the client of a server sees a reset, since the kernel has accepted it.
 * @example faulty(nodeNetwork(), [refuse({ first: 3 })]) // the first three fail, then all is well
 */
export function refuse(config: Omit<FaultOptions, 'direction'> = {}): Fault {
  const { begin: _, ...fault } = makeFault('refuse', config, {}, {}, (_options, link) => ({
    take: (item) => link.pass(item),
  }));
  return Object.freeze({ ...fault, refuses: true as const });
}
