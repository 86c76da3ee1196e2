/** Plays a trial by a seed. */
import { finalize, NEVER } from 'rxjs';
import { expect } from 'vitest';
import { SimulationError, simulate } from '../../lib/testing.js';
import { onlySeed } from './seeds.js';
import { Trial } from './trial.js';

/**
 * Begins a trial, plays it until nothing is left to happen, and checks what the library promises, then what `begin` has returned.
 * @throws Error with the seed and the trace
 */
export function playOut(seed: number, begin: (trial: Trial) => (() => void) | undefined): void {
  let problem: unknown;
  let isPlayedOut = false;
  try {
    simulate(
      seed,
      (simulation) => {
        const trial = new Trial(simulation);
        const check = begin(trial);
        trial.begin();
        // The simulation ends when nothing is left to happen; what it closes then is not looked at.
        return NEVER.pipe(
          finalize(() => {
            problem = problemOf(() => {
              trial.check();
              check?.();
            });
          }),
        );
      },
      { maxTraceLines: onlySeed === undefined ? 50 : Number.POSITIVE_INFINITY },
    );
  } catch (error) {
    if (!(error instanceof SimulationError)) throw error;
    isPlayedOut = error.message.startsWith('Nothing is left to happen');
    if (!isPlayedOut) throw error;
    const told = onlySeed === undefined ? error.message : error.trace.join('\n');
    if (problem !== undefined) throw new Error(`${(problem as Error).message}\n${told}`, { cause: problem });
  }
  expect(isPlayedOut).toBe(true);
}

function problemOf(work: () => void): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return undefined;
}
