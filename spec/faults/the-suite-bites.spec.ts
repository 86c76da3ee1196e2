/** The obvious server fails, and for the reason that the catalogue gives: so the cases can tell. */
import { describe, expect, it } from 'vitest';
import { abnormalEnds } from './cases/abnormal-ends.js';
import { backpressure } from './cases/backpressure.js';
import { commandLine } from './cases/command.js';
import { integrity } from './cases/integrity.js';
import { lifecycle } from './cases/lifecycle.js';
import { type Declared, declareOne } from './support/declare.js';
import { play } from './support/fault.js';

const faults = [...integrity, ...backpressure, ...abnormalEnds, ...lifecycle, ...commandLine];

/** The case, and what the naive server fails by. */
const bites: [id: string, by: RegExp][] = [
  ['F01', /hello/],
  ['F22', /The server ended/],
  ['F50', /expected \+?0 to be 100/],
  ['F57', /The server ended/],
];

/** The same for floods, of which each takes as much of the machine as there is. */
const floods: typeof bites = [
  ['F11', /the server stops after/],
  ['F12', /bystander|memory/],
  ['F14', /MB of memory grown|reading pauses/],
];

describe('the obvious server', () => {
  for (const bite of bites) fails(it.concurrent, ...bite);
  for (const bite of floods) fails(it, ...bite);
});

function fails(declared: Declared, id: string, by: RegExp): void {
  const [fault] = faults.filter((each) => each.id === id && (each.options.tier ?? 'fast') === 'fast');
  if (fault === undefined) throw new Error(`No short case ${id}`);
  declareOne(fault, `fails ${id}: ${fault.title}`, declared, () => expect(play(fault, 'naive')).rejects.toThrow(by));
}
