/** Whether this process may use its terminal, which is the shell's or another job's while it runs in the background. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

export function isInForeground(): boolean {
  if (process.platform === 'win32') return true;
  try {
    const [own, foreground] = processGroups();
    return foreground === '-1' || own === foreground; // -1: no terminal controls this process
  } catch {
    return false;
  }
}

/** The group of this process, and the one in the foreground of its terminal. */
function processGroups(): (string | undefined)[] {
  if (process.platform === 'linux') {
    // proc_pid_stat(5): behind the name of the program, which can hold anything, are state, parent, group, session, terminal and tpgid.
    const [, , group, , , foreground] = readFileSync('/proc/self/stat', 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return [group, foreground];
  }
  const args = ['-o', 'pgid=,tpgid=', '-p', String(process.pid)];
  return execFileSync('ps', args, { encoding: 'utf8' }).trim().split(/\s+/);
}
