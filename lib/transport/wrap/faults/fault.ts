/** What a fault is: where it strikes, and what it does to the bytes of one direction. */
import type { SchedulerLike } from 'rxjs';
import { limit, oneOf, type Rule, readOptions } from '../../../values/options.js';

/** Where a fault strikes. */
export interface FaultOptions {
  /** 'incoming': what this end receives; 'outgoing': what it sends. @default 'both' */
  readonly direction?: 'incoming' | 'outgoing' | 'both' | undefined;
  /** The share of the connections that it strikes, 0 to 1. @default 1 */
  readonly toxicity?: number | undefined;
  /** Strikes the first connections only, as many as this. @default Infinity */
  readonly first?: number | undefined;
  /** Strikes none of the first connections, as many as this. @default 0 */
  readonly after?: number | undefined;
}

/** The options of a fault, all set. */
type FaultPlace = { readonly [Key in keyof Required<FaultOptions>]: NonNullable<FaultOptions[Key]> };

/** What can go wrong on a connection: what `latency`, `bandwidth` and the others make. */
export interface Fault extends FaultPlace {
  /** The function that made it. */
  readonly name: string;
  /** Refuses the connection, in place of a stage. */
  readonly refuses?: true;
  /** Of one direction of one connection. */
  begin?(link: StageLink): Stage;
}

/** The end of a direction: FIN. */
export const end = Symbol('end');

/** What goes through a direction. */
export type Item = Uint8Array | typeof end;

/** What a fault does with one direction. It takes items in order, and passes them on in order. */
export interface Stage {
  take(item: Item): void;
  /** The fault is over: passes on what it holds, at once. */
  release?(): void;
}

/** What a stage can do. */
export interface StageLink {
  readonly scheduler: SchedulerLike;
  /** 0 to 1, from the seed. */
  random(): number;
  pass(item: Item): void;
  /** Bytes that it took will not be passed on. */
  drop(bytes: number): void;
  /** Runs `work` that many milliseconds from now, unless the connection has closed before. */
  after(delayMs: number, work: () => void): void;
  /** Closes the connection; its owner sees a failure, its peer the end of what was passed on. */
  close(): void;
  /** Resets the connection. */
  reset(): void;
}

export const share: Rule = {
  expected: 'a number from 0 to 1',
  isNumber: true,
  accepts: (value) => typeof value === 'number' && value >= 0 && value <= 1,
};

const rules = {
  direction: oneOf('incoming', 'outgoing', 'both'),
  toxicity: share,
  first: limit(0),
  after: limit(0),
};

const anywhere = Object.freeze({ direction: 'both' as const, toxicity: 1, first: Number.POSITIVE_INFINITY, after: 0 });

/** Reads the options of a fault, its own by `ownRules`, and makes it. */
export function makeFault<Config extends FaultOptions, Defaults extends Partial<Config>>(
  name: string,
  config: Config,
  ownRules: { readonly [Key in Exclude<keyof Required<Config>, keyof FaultOptions>]: Rule },
  defaults: Defaults,
  begin: (options: Required<Config>, link: StageLink) => Stage,
): Fault {
  const options = readOptions(
    config,
    { ...ownRules, ...rules } as never,
    { ...anywhere, ...defaults } as never,
  ) as Required<Config>;
  const { direction, toxicity, first, after } = options as FaultPlace;
  return Object.freeze({ name, direction, toxicity, first, after, begin: (link: StageLink) => begin(options, link) });
}
