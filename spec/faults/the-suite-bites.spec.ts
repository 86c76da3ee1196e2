/** The naive server fails the cases, each for the reason that the catalogue gives: so the cases can tell. */
import { describe, expect, it } from 'vitest';
import { abnormalEnds } from './cases/abnormal-ends.js';
import { backpressure } from './cases/backpressure.js';
import { commandLine } from './cases/command.js';
import { integrity } from './cases/integrity.js';
import { lifecycle } from './cases/lifecycle.js';
import { type Declared, declareOne } from './support/declare.js';
import { play } from './support/fault.js';

const faults = [...integrity, ...backpressure, ...abnormalEnds, ...lifecycle, ...commandLine];

/** How a server ends that dies of such an error while the case runs: not before it listens, and of nothing else. */
const diedOf = (error: string) =>
  new RegExp(`^The server ended(?: with 1)?: [^]*\nError: (?:read|write) (?:${error})\n`);

/** The case, and the message of the failure: what a broken harness or a missing program would say is none of these. */
const bites: [id: string, by: RegExp][] = [
  ['F01', /^expected '' to be 'hello'/],
  ['F22', diedOf('ECONNRESET|EPIPE')],
  ['F50', /^expected \[ ', (?:ended|reset)', .* to deeply equal \[ 'hello, ended', /],
  ['F57', diedOf('EPIPE')],
];

/** The same for floods, of which each takes as much of the machine as there is. */
const floods: typeof bites = [
  ['F11', /^Not within 2000 ms: the server stops after \d{8,} bytes$/],
  ['F12', /^(?:MB of memory grown|the bystander's p99, in ms): expected \d/],
  ['F14', /^Not within 1000 ms: the reading pauses, which it has done 0 times$/],
];

/** What a flood may take where other processes have most of the machine: it takes 8 s beside five of them. */
const limitMs = 180_000;

describe('the naive server', () => {
  for (const bite of bites) fails(it.concurrent, ...bite);
  for (const bite of floods) fails(it, ...bite);
});

function fails(declared: Declared, id: string, by: RegExp): void {
  const [fault] = faults.filter((each) => each.id === id && (each.options.tier ?? 'fast') === 'fast');
  if (fault === undefined) throw new Error(`No short case ${id}`);
  const test = () => expect(play(fault, 'naive')).rejects.toThrow(by);
  declareOne(fault, `fails ${id}: ${fault.title}`, declared, test, limitMs);
}
