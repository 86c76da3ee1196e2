/** Reads the command line and runs the command that it names. */
import { readFileSync } from 'node:fs';
import { CommanderError } from 'commander';
import { connect } from './connect.js';
import { complain, exitStatus } from './exit-status.js';
import { program } from './flags/program.js';
import { serve } from './serve.js';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));

for (const name of ['HOST', 'PORT']) if (process.env[name] === '') delete process.env[name]; // empty counts as unset

process.stdout.on('error', () => {}); // the reader has exited, or the disk is full: a server goes on, and help is cut off

try {
  program(version, { serve, connect }).parse();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  if (error.exitCode !== 0) {
    complain(error.message);
    process.exitCode = exitStatus.badUsage;
  }
}
