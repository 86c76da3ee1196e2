/** The obvious server fails, and for the reason that the catalogue gives: so the cases can tell. */
import { describe, expect, it } from 'vitest';
import { abnormalEnds } from './cases/abnormal-ends.js';
import { backpressure } from './cases/backpressure.js';
import { commandLine } from './cases/command.js';
import { integrity } from './cases/integrity.js';
import { lifecycle } from './cases/lifecycle.js';
import { whyNot } from './support/declare.js';
import { play } from './support/fault.js';

const faults = [...integrity, ...backpressure, ...abnormalEnds, ...lifecycle, ...commandLine];

/** The case, and what the naive server fails by. */
const bites: [id: string, by: RegExp][] = [
  ['F01', /hello/],
  ['F11', /the server stops after/],
  ['F12', /bystander|memory/],
  ['F14', /MB of memory grown|reading pauses/],
  ['F22', /The server ended/],
  ['F50', /expected \+?0 to be 100/],
  ['F57', /The server ended/],
];

describe('the obvious server', () => {
  for (const [id, by] of bites) {
    const [fault] = faults.filter((each) => each.id === id && (each.options.tier ?? 'fast') === 'fast');
    if (fault === undefined) throw new Error(`No short case ${id}`);
    const reason = whyNot(fault);
    const name = `fails ${id}: ${fault.title}`;
    const fails = () => expect(play(fault, 'naive')).rejects.toThrow(by);
    if (reason === undefined) it.concurrent(name, fails, 30_000);
    else it.skip(`${name} (skipped: ${reason})`, () => {});
  }
});
