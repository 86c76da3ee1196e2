/** Runs a program to its end. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { expect, inject } from 'vitest';

export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Longer than any run: a process that hangs outlives its test by no more than this. */
const atMostMs = 110_000;

/** The path of a tool's file. */
export const tool = (path: string) => `${inject('tools')}/${path}`;

/** Runs it in the user's project, unless `folder` is another one. */
export async function run(program: string, args: readonly string[], folder = inject('project')): Promise<Ended> {
  const child = spawn(program, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'], timeout: atMostMs });
  const [stdout, stderr, [status]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { status, stdout, stderr };
}

/** How a program ends that has nothing to complain about. */
export const fine = (stdout: unknown = expect.any(String)) => ({ status: 0, stdout, stderr: '' });
