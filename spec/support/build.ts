/** Builds the command that the specs of the command line run. */
import { execFileSync } from 'node:child_process';

export function setup(): void {
  execFileSync('npm', ['run', 'build', '--silent'], { stdio: 'inherit', shell: process.platform === 'win32' });
}
