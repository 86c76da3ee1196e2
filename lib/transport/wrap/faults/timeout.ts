/** The fault `timeout`. */
import { limit, readOptions, required } from '../../../values/options.js';
import { type Fault, type Item, makeFault } from './fault.js';
import { type FaultOptions, faultDefaults, faultRules } from './fault-options.js';

/** The options of `timeout`. */
export interface TimeoutConfig extends FaultOptions {
  /** How long nothing passes until the connection closes; Infinity: it never does. */
  readonly ms: number;
}

/**
 * Lets nothing pass, and closes the connection after that time: a peer that hangs. What waits makes the sender wait.
 * @throws TypeError, RangeError for an option that is unknown or out of range
 * @example faulty(nodeNetwork(), [timeout({ ms: Number.POSITIVE_INFINITY })])
 */
export function timeout(config: TimeoutConfig): Fault {
  const options = readOptions(config, { ...faultRules, ms: required(limit(0)) }, faultDefaults);
  return makeFault('timeout', options, (link) => {
    const held: Item[] = [];
    if (options.ms !== Number.POSITIVE_INFINITY) link.after(options.ms, () => link.close());
    return {
      take: (item) => held.push(item),
      release() {
        for (const item of held) link.pass(item);
      },
    };
  });
}
