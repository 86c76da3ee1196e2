/** The fault `limitData`. */
import { integer, maxTimerMs, readOptions, required } from '../../../values/options.js';
import { end, type Fault, makeFault, sizeOf } from './fault.js';
import { type FaultOptions, faultDefaults, faultRules } from './fault-options.js';

/** The options of `limitData`. */
export interface LimitDataConfig extends FaultOptions {
  /** How many bytes pass in a direction; the connection closes when more come. */
  readonly bytes: number;
}

/**
 * Closes the connection once that many bytes have passed in a direction and more come.
 * @throws TypeError, RangeError for an option that is unknown or out of range
 * @example faulty(nodeNetwork(), [limitData({ bytes: 100, direction: 'outgoing' })])
 */
export function limitData(config: LimitDataConfig): Fault {
  const options = readOptions(config, { ...faultRules, bytes: required(integer(0, maxTimerMs)) }, faultDefaults);
  return makeFault('limitData', options, (link) => {
    let leftBytes = options.bytes;
    return {
      take(item) {
        if (item === end || item.length <= leftBytes) {
          leftBytes -= sizeOf(item);
          link.pass(item);
          return;
        }
        if (leftBytes > 0) link.pass(item.subarray(0, leftBytes));
        link.close();
      },
    };
  });
}
