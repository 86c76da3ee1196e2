/** Makes vitest's tests of the catalogue's cases. */
import { describe, it } from 'vitest';
import { hasProcessFigures } from '../../support/process-figures.js';
import { type Fault, play } from './fault.js';
import { lacking } from './needs.js';

/** The long tier is run by `npm run test:faults`. */
export const isLong = process.env.FAULTS === 'long';

const timeoutMs = isLong ? 900_000 : 30_000;

export function declare(group: string, faults: readonly Fault[]): void {
  describe(group, () => {
    const isAlone = ({ options }: Fault) => isLong || options.alone === true || options.bystanderMs !== undefined;
    for (const fault of faults.filter((each) => !isAlone(each))) test(fault, it.concurrent);
    for (const fault of faults.filter(isAlone)) test(fault, it);
  });
}

function test(fault: Fault, declared: typeof it | typeof it.concurrent): void {
  const reason = whyNot(fault);
  const name = `${fault.id} ${fault.title}`;
  if (reason === undefined) declared(name, { timeout: timeoutMs, retry: retries(fault) }, () => play(fault));
  else it.skip(`${name} (skipped: ${reason})`, () => {});
}

/** A p99 of some hundred samples is one hiccup of a busy machine away from its limit; a server that disturbs does so each time. */
function retries({ options: { bystanderMs } }: Fault): number {
  return bystanderMs === undefined ? 0 : 2;
}

export function whyNot({ options }: Fault): string | undefined {
  const { tier = 'fast', needs = [], network } = options;
  if (!hasProcessFigures) return 'only Linux tells the figures of a process';
  if (tier === 'long' && !isLong) return 'long, for npm run test:faults';
  const missing = lacking(network ? [...needs, 'namespaces'] : needs);
  return missing.length > 0 ? `no ${missing.join(', no ')} here` : undefined;
}
