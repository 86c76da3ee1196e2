/** What a fault is: which connections it strikes, and what it does to the bytes of one direction. */
import type { Clock } from '../../../values/clock.js';
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
type Target = { readonly [Key in keyof Required<FaultOptions>]: NonNullable<FaultOptions[Key]> };

/** What can go wrong on a connection: what `latency`, `bandwidth` and the others make. */
export interface Fault extends Target {
  /** The function that made it. */
  readonly name: string;
  /** The connection is refused, and no stage begins. */
  readonly refuses: boolean;
  /** Begins to strike one direction of one connection. */
  begin(link: StageLink): Stage;
}

/** The end of a direction: FIN. */
export const end = Symbol('end');

/** What goes through a direction. */
export type Item = Uint8Array | typeof end;

/** In bytes. */
export function sizeOf(item: Item): number {
  return item === end ? 0 : item.length;
}

/** What a fault does with one direction. It takes items in order, and passes them on in order. */
export interface Stage {
  /** What it holds travels, as on a long link, and does not wait to be sent. */
  readonly isInFlight?: boolean;
  take(item: Item): void;
  /** The fault is over: passes on what it holds, at once. Nothing follows. */
  release?(): void;
}

/** What a stage can do. */
export interface StageLink {
  readonly clock: Clock;
  /** 0 to 1, from the seed. */
  random(): number;
  pass(item: Item): void;
  /** Runs `work` that many milliseconds from now, unless the stage is over before. */
  after(delayMs: number, work: () => void): void;
  /** Takes no more, and closes the connection: its owner sees a failure; its peer sees what was passed on, then the end. */
  close(): void;
  /** Resets the connection. */
  reset(): void;
}

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

export function makeFault(name: string, target: Target, begin: Fault['begin']): Fault {
  const { direction, toxicity, first, after } = target;
  return Object.freeze({ name, direction, toxicity, first, after, refuses: false, begin });
}
