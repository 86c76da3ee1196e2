/** The fault `halfOpen`. */
import { end, type Fault, type FaultOptions, makeFault } from './fault.js';

/**
 * Never lets an end pass: the receiver waits for a FIN that does not come.
 * @example faulty(nodeNetwork(), [halfOpen({ direction: 'outgoing' })])
 */
export function halfOpen(config: FaultOptions = {}): Fault {
  return makeFault('halfOpen', config, {}, {}, (_, link) => {
    let isEndHeld = false;
    return {
      take(item) {
        if (item === end) isEndHeld = true;
        else link.pass(item);
      },
      release() {
        if (isEndHeld) link.pass(end);
      },
    };
  });
}
