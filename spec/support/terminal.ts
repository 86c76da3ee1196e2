/** Runs a command on a terminal, which `script` of util-linux makes. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';

export const hasScript = spawnSync('script', ['--version']).status === 0;

export const named = (name: string) => (hasScript ? name : `${name} (skipped: there is no script of util-linux)`);

interface Typed {
  readonly text: string;
  /** Typed once the terminal shows this. */
  readonly after?: string;
}

/** All that the terminal shows: standard output and standard error. */
export async function shownOnTerminal(command: string, ...typed: Typed[]): Promise<string> {
  const child = spawn('script', ['--quiet', '--return', '--command', command, '/dev/null']);
  const ended = once(child, 'close');
  let shown = '';
  const type = (): void => {
    for (; shown.includes(typed[0]?.after ?? ''); typed.shift()) {
      if (typed[0] === undefined) return;
      child.stdin.write(typed[0].text);
    }
  };
  child.stdout.setEncoding('utf8').on('data', (text) => {
    shown += text;
    type();
  });
  type();
  await ended;
  return shown.replaceAll('\r\n', '\n');
}
