/** Which connections a fault strikes, and in which direction: the options of every fault. */
import { integer, limit, maxTimerMs, oneOf, type Rule } from '../../../values/options.js';

/** Which connections a fault strikes, and in which direction. */
export interface FaultOptions {
  /** `'incoming'`: what the end that runs over the faulty transport receives; `'outgoing'`: what it sends. @default 'both' */
  readonly direction?: 'incoming' | 'outgoing' | 'both' | undefined;
  /** The share of the connections that it strikes, 0 to 1. @default 1 */
  readonly toxicity?: number | undefined;
  /** Strikes connections up to this number, the first one being 1. @default Infinity */
  readonly first?: number | undefined;
  /** Strikes connections behind this number only. @default 0 */
  readonly after?: number | undefined;
}

/** The options of a fault, all set. */
export type Target = { readonly [Key in keyof Required<FaultOptions>]: NonNullable<FaultOptions[Key]> };

export const share: Rule = {
  expected: 'a number from 0 to 1',
  isNumber: true,
  accepts: (value) => typeof value === 'number' && value >= 0 && value <= 1,
};

export const duration: Rule = integer(0, maxTimerMs);

/** Of a fault that strikes one direction by its nature. */
export const connectionRules = { toxicity: share, first: limit(0), after: limit(0) };

export const faultRules = { direction: oneOf('incoming', 'outgoing', 'both'), ...connectionRules };

export const faultDefaults = Object.freeze({
  direction: 'both' as const,
  toxicity: 1,
  first: Number.POSITIVE_INFINITY,
  after: 0,
});
