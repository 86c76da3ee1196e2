/** The fault `slowClose`. */
import { integer, maxTimerMs } from '../../../values/options.js';
import { end, type Fault, type FaultOptions, makeFault } from './fault.js';

export interface SlowCloseConfig extends FaultOptions {
  /** How much later FIN passes. */
  readonly ms: number;
}

/**
 * Delays the end of a direction.
 * @example faulty(nodeNetwork(), [slowClose({ ms: 2_000, direction: 'outgoing' })])
 */
export function slowClose(config: SlowCloseConfig): Fault {
  return makeFault('slowClose', config, { ms: { ...integer(0, maxTimerMs), required: true } }, {}, ({ ms }, link) => {
    let isEndHeld = false;
    const passEnd = (): void => {
      if (isEndHeld) link.pass(end);
      isEndHeld = false;
    };
    return {
      take(item) {
        if (item !== end) {
          link.pass(item);
          return;
        }
        isEndHeld = true;
        link.after(ms, passEnd);
      },
      release: passEnd,
    };
  });
}
