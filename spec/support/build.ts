/** Builds the command that specs run, and the benchmark. */
import { execFileSync } from 'node:child_process';

export function setup(): void {
  const options = { stdio: 'inherit', shell: process.platform === 'win32' } as const;
  execFileSync('npm', ['run', 'build', '--silent'], options);
  execFileSync('npx', ['tsc', '--project', 'bench'], options);
}
