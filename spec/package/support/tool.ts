/** Runs a program in the project of a user. */
import { expect, inject } from 'vitest';
import { type Ended, run as runIn } from '../../support/command.js';

/** Longer than any run: a process that hangs outlives its test by no more than this. */
const atMostMs = 110_000;

/** The path of a tool's file. */
export const tool = (path: string) => `${inject('tools')}/${path}`;

/** Runs it to its end, in the user's project, unless `folder` is another one. */
export function run(program: string, args: readonly string[], folder = inject('project')): Promise<Ended> {
  return runIn(program, args, '', { cwd: folder, timeout: atMostMs });
}

/** How a program ends that has nothing to complain about. */
export const fine = (stdout: unknown = expect.any(String)) => ({ status: 0, stdout, stderr: '' });
