/** Builds the command that specs run, the benchmark and the examples. */
import { execFileSync } from 'node:child_process';

export function setup(): void {
  const options = { stdio: 'inherit', shell: process.platform === 'win32' } as const;
  execFileSync('npm', ['run', 'build', '--silent'], options);
  for (const project of ['bench', 'examples']) execFileSync('npx', ['tsc', '--project', project], options);
}
