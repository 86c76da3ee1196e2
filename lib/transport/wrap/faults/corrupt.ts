/** The fault `corrupt`. */
import { readOptions, required } from '../../../values/options.js';
import { end, type Fault, makeFault, sizeOf } from './fault.js';
import { type FaultOptions, faultDefaults, faultRules, share } from './fault-options.js';

/** The options of `corrupt`. */
export interface CorruptConfig extends FaultOptions {
  /** Of each byte to be changed, 0 to 1. */
  readonly probability: number;
}

/**
 * Changes bytes on their way, as a broken program or a faulty middlebox does: TCP's checksum would not let it pass.
 * @throws TypeError, RangeError for an option that is unknown or out of range
 * @example faulty(nodeNetwork(), [corrupt({ probability: 0.001 })])
 */
export function corrupt(config: CorruptConfig): Fault {
  const options = readOptions(config, { ...faultRules, probability: required(share) }, faultDefaults);
  const { probability } = options;
  return makeFault('corrupt', options, (link) => {
    const perByte = Math.log1p(-probability);
    /** How many bytes pass before the next change: a draw for each change and none for a chunk, so that cuts make no difference. */
    const gap = (): number =>
      probability === 0 ? Number.POSITIVE_INFINITY : Math.floor(Math.log(1 - link.random()) / perByte);
    let untilNext = gap();
    return {
      take(item) {
        if (item === end || untilNext >= item.length) {
          untilNext -= sizeOf(item);
          link.pass(item);
          return;
        }
        const changed = Buffer.from(item); // a copy: what was sent belongs to the sender
        for (; untilNext < changed.length; untilNext += 1 + gap()) {
          changed[untilNext] = (changed[untilNext] as number) ^ (1 + Math.floor(link.random() * 255)); // never by 0
        }
        untilNext -= changed.length;
        link.pass(changed);
      },
    };
  });
}
