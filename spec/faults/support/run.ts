/** Programs that run to their end. */
import { execFile } from 'node:child_process';

export interface Ended {
  readonly status: number | string | null | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

const atMostMs = 60_000;

export function run(program: string, args: readonly string[]): Promise<Ended> {
  const { HOST, PORT, ...env } = process.env;
  return new Promise((resolve) => {
    execFile(program, args, { env, timeout: atMostMs }, (error, stdout, stderr) => {
      resolve({ status: error === null ? 0 : error.code, stdout, stderr });
    });
  });
}

export function command(args: readonly string[]): Promise<Ended> {
  return run(process.execPath, ['dist/app/main.js', ...args]);
}
