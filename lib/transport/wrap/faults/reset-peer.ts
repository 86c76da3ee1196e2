/** The fault `resetPeer`. */
import { integer, maxTimerMs, oneGiven } from '../../../values/options.js';
import { end, type Fault, type FaultOptions, makeFault } from './fault.js';

export interface ResetPeerConfig extends FaultOptions {
  /** Resets once this many bytes have passed in a direction. This, or `afterMs`. */
  readonly afterBytes?: number | undefined;
  /** Resets this long after the connection was made. */
  readonly afterMs?: number | undefined;
}

/**
 * Resets the connection: both ends see ECONNRESET.
 * @example faulty(nodeNetwork(), [resetPeer({ afterBytes: 100 })])
 */
export function resetPeer(config: ResetPeerConfig): Fault {
  const rules = { afterBytes: integer(0, maxTimerMs), afterMs: integer(0, maxTimerMs) };
  const fault = makeFault('resetPeer', config, rules, {}, ({ afterBytes, afterMs }, link) => {
    let leftBytes = afterBytes ?? Number.POSITIVE_INFINITY;
    if (afterMs !== undefined) link.after(afterMs, () => link.reset());
    return {
      take(item) {
        const bytes = item === end ? 0 : item.length;
        if (bytes < leftBytes || item === end) {
          leftBytes -= bytes;
          link.pass(item);
          return;
        }
        if (leftBytes > 0) link.pass(item.subarray(0, leftBytes));
        link.drop(bytes - leftBytes);
        link.reset();
      },
    };
  });
  oneGiven(config, rules.afterBytes, 'afterBytes', 'afterMs');
  return fault;
}
