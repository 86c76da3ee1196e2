/** The fault `limitData`. */
import { integer, maxTimerMs } from '../../../values/options.js';
import { end, type Fault, type FaultOptions, makeFault } from './fault.js';

export interface LimitDataConfig extends FaultOptions {
  /** How many bytes pass; the connection closes as soon as more come. */
  readonly bytes: number;
}

/**
 * Closes the connection once that many bytes have passed in a direction.
 * @example faulty(nodeNetwork(), [limitData({ bytes: 100, direction: 'outgoing' })])
 */
export function limitData(config: LimitDataConfig): Fault {
  const rules = { bytes: { ...integer(0, maxTimerMs), required: true } };
  return makeFault('limitData', config, rules, {}, ({ bytes }, link) => {
    let leftBytes = bytes;
    return {
      take(item) {
        if (item === end) {
          link.pass(item);
          return;
        }
        const passed = item.subarray(0, leftBytes);
        leftBytes -= passed.length;
        if (passed.length > 0) link.pass(passed);
        if (passed.length === item.length) return;
        link.drop(item.length - passed.length);
        link.close();
      },
    };
  });
}
