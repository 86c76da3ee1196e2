/** What a fault is: a stage that the bytes of one direction go through. */
import type { Clock } from '../../../values/clock.js';
import type { Target } from './fault-options.js';

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
  readonly random: () => number;
  pass(item: Item): void;
  /** Runs `work` that many milliseconds from now, unless the stage is over before. */
  after(delayMs: number, work: () => void): void;
  /** Takes no more, and closes the connection: its owner sees a failure; its peer sees what was passed on, then the end. */
  close(): void;
  /** Resets the connection. */
  reset(): void;
}

export function makeFault(name: string, target: Target, begin: Fault['begin']): Fault {
  const { direction, toxicity, first, after } = target;
  return Object.freeze({ name, direction, toxicity, first, after, refuses: false, begin });
}
