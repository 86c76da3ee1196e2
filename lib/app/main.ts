#!/usr/bin/env -S node --max-semi-space-size=4
/**
 * The command `rxjs-tcp`.
 *
 * A young generation of 3 x 16 MB, as V8 has it, is more than the connections of a busy server take; a quarter of that costs
 * no more processor time (measured).
 */
import { readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { CommanderError } from 'commander';
import { connect } from './connect.js';
import { complain, exitStatus } from './exit-status.js';
import { program } from './flags.js';
import { serve } from './serve.js';

// The V8 of Node 24 frees short-lived Buffers by full collections alone (nodejs/node#61967), unless it is told to do as those
// before it: messages of 16 KiB took 21 µs of processor time each, and take 13.
if (process.versions.v8.startsWith('13.6.')) setFlagsFromString('--scavenger-max-new-space-capacity-mb=8');

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));

for (const name of ['HOST', 'PORT']) if (process.env[name] === '') delete process.env[name]; // set to nothing is not set

try {
  program(version, { serve, connect }).parse();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  if (error.exitCode !== 0) {
    complain(`${error.message.replace(/^error: |\.$/g, '')}; see rxjs-tcp --help`);
    process.exitCode = exitStatus.badUsage;
  }
}
