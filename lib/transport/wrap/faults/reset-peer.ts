/** The fault `resetPeer`. */
import { integer, maxTimerMs, oneGiven, readOptions } from '../../../values/options.js';
import { end, type Fault, makeFault, sizeOf } from './fault.js';
import { duration, type FaultOptions, faultDefaults, faultRules } from './fault-options.js';

/** The options of `resetPeer`: one of the two. */
export interface ResetPeerConfig extends FaultOptions {
  /** Resets as soon as this many bytes have passed in a direction. */
  readonly afterBytes?: number | undefined;
  /** Resets this long after the connection was made. */
  readonly afterMs?: number | undefined;
}

/**
 * Resets the connection: both ends see ERR_CONNECTION_RESET.
 * @throws TypeError, RangeError for an option that is unknown or out of range
 * @example faulty(nodeNetwork(), [resetPeer({ afterBytes: 100 })])
 */
export function resetPeer(config: ResetPeerConfig): Fault {
  const rules = { ...faultRules, afterBytes: integer(1, maxTimerMs), afterMs: duration };
  const options = readOptions(config, rules, faultDefaults);
  oneGiven(config, rules.afterBytes, 'afterBytes', 'afterMs');
  const { afterBytes = Number.POSITIVE_INFINITY, afterMs } = options;
  return makeFault('resetPeer', options, (link) => {
    let leftBytes = afterBytes;
    if (afterMs !== undefined) link.after(afterMs, () => link.reset());
    return {
      take(item) {
        if (item === end || item.length < leftBytes) {
          leftBytes -= sizeOf(item);
          link.pass(item);
          return;
        }
        link.pass(item.subarray(0, leftBytes));
        link.reset();
      },
    };
  });
}
