/** The command on a terminal, which `script` of util-linux makes. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { main, serve } from '../support/command.js';

const hasScript = spawnSync('script', ['--version']).status === 0;
const named = (name: string) => (hasScript ? name : `${name} (skipped: there is no script of util-linux)`);

const program = [process.execPath, ...main].join(' ');

interface Typed {
  readonly text: string;
  /** Typed once the terminal shows this. */
  readonly after?: string;
}

/** All that the terminal shows: standard output and standard error. */
async function shownOnTerminal(command: string, ...typed: Typed[]): Promise<string> {
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

const summary = (port: string, sent: number, received: number) =>
  `rxjs-tcp: 127\\.0\\.0\\.1:${port} ended the connection after \\d\\.\\d s, ${sent} bytes sent, ${received} received\n`;

describe('rxjs-tcp connect on a terminal', () => {
  it.skipIf(!hasScript)(named('ends the reply with a newline and says how the connection ended'), async () => {
    const { port } = await serve(['--delay', '0', '--reply', 'raw']);
    const shown = await shownOnTerminal(`${program} connect ${port} hello`);
    expect(shown).toMatch(new RegExp(`^hello\n${summary(port, 5, 5)}$`));
  });

  it.skipIf(!hasScript)(named('prints no second newline behind a reply that ends with one'), async () => {
    const { port } = await serve(['--delay', '0', '--reply', String.raw`{data}\n`]);
    const shown = await shownOnTerminal(`${program} connect ${port} hello`);
    expect(shown).toMatch(new RegExp(`^hello\n${summary(port, 5, 6)}$`));
  });

  it.skipIf(!hasScript)(named('sends typed lines once they are edited, and ends at Ctrl-D'), async () => {
    const { port } = await serve(['--delay', '0', '--reply', '<{data}>']);
    const shown = await shownOnTerminal(
      `${program} connect ${port}`,
      { text: 'hex\u007fllo\r' },
      { text: '\u0004', after: '<hello' },
    );
    expect(shown).toMatch(new RegExp(`<hello\n>\n${summary(port, 6, 8)}$`));
  });

  it.skipIf(!hasScript)(named('prints what it receives as it is where standard output is no terminal'), async () => {
    const { port } = await serve(['--delay', '0', '--reply', 'raw']);
    const shown = await shownOnTerminal(`${program} connect ${port} hello | od -An -c`);
    expect(shown).toContain('   h   e   l   l   o\n');
    expect(shown).not.toContain('\\n');
  });
});
