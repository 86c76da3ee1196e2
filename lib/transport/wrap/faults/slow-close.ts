/** The fault `slowClose`. */
import { readOptions, required } from '../../../values/options.js';
import { end, type Fault, makeFault } from './fault.js';
import { duration, type FaultOptions, faultDefaults, faultRules } from './fault-options.js';

/** The options of `slowClose`. */
export interface SlowCloseConfig extends FaultOptions {
  /** How much later FIN passes. */
  readonly ms: number;
}

/**
 * Delays the end of a direction.
 * @throws TypeError, RangeError for an option that is unknown or out of range
 * @example faulty(nodeNetwork(), [slowClose({ ms: 2_000, direction: 'outgoing' })])
 */
export function slowClose(config: SlowCloseConfig): Fault {
  const options = readOptions(config, { ...faultRules, ms: required(duration) }, faultDefaults);
  return makeFault('slowClose', options, (link) => {
    let isEndHeld = false;
    const passEnd = (): void => {
      if (isEndHeld) link.pass(end);
      isEndHeld = false;
    };
    return {
      take(item) {
        if (item === end) {
          isEndHeld = true;
          link.after(options.ms, passEnd);
        } else {
          link.pass(item);
        }
      },
      release: passEnd,
    };
  });
}
