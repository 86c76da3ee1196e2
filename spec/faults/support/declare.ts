/** Makes vitest's tests of the catalogue's cases. */
import { describe, it } from 'vitest';
import { hasProcessFigures } from '../../support/process-figures.js';
import { isLong } from '../../support/tier.js';
import { type Fault, play } from './fault.js';
import { lacking } from './needs.js';

/** A group's cases, but for those of `declareQuiet`. */
export function declare(group: string, faults: readonly Fault[]): void {
  describe(group, () => {
    for (const fault of faults.filter((each) => !needsQuiet(each))) test(fault, isLong ? it : it.concurrent);
  });
}

/** The cases with bounds so tight that nothing may run beside them. */
export function declareQuiet(group: string, faults: readonly Fault[]): void {
  describe(group, () => {
    for (const fault of faults.filter(needsQuiet)) test(fault, it);
  });
}

function needsQuiet({ options }: Fault): boolean {
  return options.alone === true || options.bystanderMs !== undefined;
}

/** The long tier plays the short cases a second time, on servers that have of Node only what it documents. */
function test(fault: Fault, declared: Declared): void {
  const { tier = 'fast' } = fault.options;
  const name = `${fault.id} ${fault.title}`;
  declareOne(fault, name, declared, () => play(fault));
  if (!isLong || tier !== 'fast') return;
  declareOne(fault, `${name}, by what Node documents`, declared, () => play(fault, 'documented'));
}

export type Declared = typeof it | typeof it.concurrent;

/** Skips, by name and reason, what cannot be played here or now. */
export function declareOne(
  fault: Fault,
  name: string,
  declared: Declared,
  test: () => Promise<void>,
  limitMs?: number,
): void {
  const reason = whyNot(fault);
  if (reason === undefined) declared(name, test, limitMs);
  else it.skip(`${name} (skipped: ${reason})`, () => {});
}

function whyNot({ options }: Fault): string | undefined {
  const { tier = 'fast', needs = [], network } = options;
  if (!hasProcessFigures) return 'only Linux tells the figures of a process';
  if (tier === 'long' && !isLong) return 'long, for npm run test:faults';
  const missing = lacking(network ? [...needs, 'namespaces'] : needs);
  return missing.length > 0 ? `no ${missing.join(', no ')} here` : undefined;
}
