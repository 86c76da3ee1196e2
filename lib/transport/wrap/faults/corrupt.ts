/** The fault `corrupt`. */
import { end, type Fault, type FaultOptions, makeFault, share } from './fault.js';

export interface CorruptConfig extends FaultOptions {
  /** Of each byte, 0 to 1. */
  readonly probability: number;
}

/**
 * Changes bytes on their way, as no checksum of TCP lets through and broken programs do.
 * @example faulty(nodeNetwork(), [corrupt({ probability: 0.001 })])
 */
export function corrupt(config: CorruptConfig): Fault {
  const rules = { probability: { ...share, required: true } };
  return makeFault('corrupt', config, rules, {}, ({ probability }, link) => {
    /** How many bytes pass until the next one that is changed: the same however the bytes are cut into chunks. */
    const gap = (): number => Math.floor(Math.log(1 - link.random()) / Math.log1p(-probability));
    let untilNext = probability === 0 ? Number.POSITIVE_INFINITY : gap(); // of probability 1 it is 0
    return {
      take(item) {
        if (item === end || untilNext >= item.length) {
          if (item !== end) untilNext -= item.length;
          link.pass(item);
          return;
        }
        const changed = Buffer.from(item); // a copy: what was sent belongs to the sender
        while (untilNext < changed.length) {
          changed[untilNext] = (changed[untilNext] as number) ^ (1 + Math.floor(link.random() * 255));
          untilNext += 1 + gap();
        }
        untilNext -= changed.length;
        link.pass(changed);
      },
    };
  });
}
