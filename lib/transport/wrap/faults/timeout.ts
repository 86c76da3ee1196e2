/** The fault `timeout`. */
import { limit } from '../../../values/options.js';
import { type Fault, type FaultOptions, type Item, makeFault } from './fault.js';

export interface TimeoutConfig extends FaultOptions {
  /** How long nothing passes until the connection closes; Infinity: it never does. */
  readonly ms: number;
}

/**
 * Lets nothing pass, and closes the connection after that time: a peer that hangs. What waits makes the sender wait.
 * @example faulty(nodeNetwork(), [timeout({ ms: Number.POSITIVE_INFINITY })])
 */
export function timeout(config: TimeoutConfig): Fault {
  return makeFault('timeout', config, { ms: { ...limit(0), required: true } }, {}, ({ ms }, link) => {
    const held: Item[] = [];
    if (ms !== Number.POSITIVE_INFINITY) link.after(ms, () => link.close());
    return {
      take: (item) => held.push(item),
      release: () => {
        for (const item of held.splice(0)) link.pass(item);
      },
    };
  });
}
