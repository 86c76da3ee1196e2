/** Makes vitest's tests of the catalogue's cases. */
import { describe, it } from 'vitest';
import { hasProcessFigures } from '../../support/process-figures.js';
import { isLong } from '../../support/tier.js';
import { type Fault, play, type Subject } from './fault.js';
import { lacking } from './needs.js';

/** A group's cases, but for those of `declareQuiet`. */
export function declare(group: string, faults: readonly Fault[]): void {
  describe(group, () => {
    for (const fault of faults.filter((each) => !needsQuiet(each))) test(fault, isLong ? it : it.concurrent);
  });
}

/** The cases whose bounds are so tight that nothing may run beside them. */
export function declareQuiet(group: string, faults: readonly Fault[]): void {
  describe(group, () => {
    for (const fault of faults.filter(needsQuiet)) test(fault, it);
  });
}

function needsQuiet({ options }: Fault): boolean {
  return options.alone === true || options.bystanderMs !== undefined;
}

/** The long tier plays the short cases a second time, for servers to whom Node gives no more than it documents. */
function test(fault: Fault, declared: typeof it | typeof it.concurrent): void {
  const { tier = 'fast' } = fault.options;
  testOf(fault, 'ours', declared);
  if (isLong && tier === 'fast') testOf(fault, 'documented', declared);
}

function testOf(fault: Fault, subject: Subject, declared: typeof it | typeof it.concurrent): void {
  const reason = whyNot(fault);
  const name = `${fault.id} ${fault.title}${subject === 'documented' ? ', by what Node documents' : ''}`;
  if (reason === undefined) declared(name, () => play(fault, subject));
  else it.skip(`${name} (skipped: ${reason})`, () => {});
}

export function whyNot({ options }: Fault): string | undefined {
  const { tier = 'fast', needs = [], network } = options;
  if (!hasProcessFigures) return 'only Linux tells the figures of a process';
  if (tier === 'long' && !isLong) return 'long, for npm run test:faults';
  const missing = lacking(network ? [...needs, 'namespaces'] : needs);
  return missing.length > 0 ? `no ${missing.join(', no ')} here` : undefined;
}
