/** Ends the server that is running when the runner is gone, however it went: not even SIGKILL leaves one behind. */
import { type ChildProcess, spawn } from 'node:child_process';

/** Reads process groups and kills the last one at the end of its input, which comes with our end; an empty line is none. */
const script = 'while read -r group; do last=$group; done; [ -z "$last" ] || kill -s KILL -- "-$last"';

let executor: ChildProcess | undefined;

/** Of a process group; undefined takes back what was said before. */
export function bequeath(group: number | undefined): void {
  executor ??= startExecutor();
  executor.stdin?.write(`${group ?? ''}\n`);
}

/** In a session of its own, which a Ctrl-C does not reach. */
function startExecutor(): ChildProcess {
  const child = spawn('sh', ['-c', script], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
  child.unref();
  return child;
}
