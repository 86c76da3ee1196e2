#!/usr/bin/env node
/** The program `rxjs-tcp`. */
import { setFlagsFromString } from 'node:v8';
import { fail } from './exit-status.js';

// V8 13.6 (Node 24) frees short-lived Buffers late (nodejs/node#61967): 16 KiB take 21 µs, and 13 µs with this flag.
if (process.versions.v8.startsWith('13.6.')) setFlagsFromString('--scavenger-max-new-space-capacity-mb=8');

try {
  await import('./command.js');
} catch (error) {
  const { code } = error as NodeJS.ErrnoException;
  if (code !== 'EMFILE' && code !== 'ENFILE') throw error;
  fail('Could not load the program: no file descriptor is left; raise the limit with ulimit -n');
}
