/** How many seeds a case is played with: a few for each commit, 10 000 in the long tier. */
import { isBrief, isLong } from '../support/tier.js';

/** The one seed to play, with all lines of its trace: `SEED=4711 npx vitest run spec/simulation/model.spec.ts`. */
export const onlySeed = process.env.SEED === undefined ? undefined : Number(process.env.SEED);

/** Seeds from 1; `found` are those that have shown an error once. */
export function everySeed(short: number, play: (seed: number) => void, found: readonly number[] = []): void {
  if (onlySeed !== undefined) {
    play(onlySeed);
    return;
  }
  const count = isLong ? 10_000 : isBrief ? Math.ceil(short / 10) : short;
  for (const seed of found) play(seed);
  for (let seed = 1; seed <= count; seed += 1) play(seed);
}
