/** The fault `halfOpen`. */
import { readOptions } from '../../../values/options.js';
import { end, type Fault, makeFault } from './fault.js';
import { type FaultOptions, faultDefaults, faultRules } from './fault-options.js';

/**
 * Holds the end of a direction for good: its receiver waits for a FIN that does not come.
 * @throws TypeError, RangeError for an option that is unknown or out of range
 * @example faulty(nodeNetwork(), [halfOpen({ direction: 'outgoing' })])
 */
export function halfOpen(config: FaultOptions = {}): Fault {
  const options = readOptions(config, faultRules, faultDefaults);
  return makeFault('halfOpen', options, (link) => {
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
