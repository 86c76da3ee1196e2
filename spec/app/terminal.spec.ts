/** The command on a terminal. */
import { describe, expect, it } from 'vitest';
import { main, serve } from '../support/command.js';
import { hasScript, named, shownOnTerminal } from '../support/terminal.js';

const program = [process.execPath, ...main].join(' ');

const summary = (port: string, sent: number, received: number) =>
  `rxjs-tcp: 127\\.0\\.0\\.1:${port} ended the connection after \\d\\.\\d s, ${sent} bytes sent, ${received} received\n`;

describe('rxjs-tcp serve on a terminal', () => {
  const stop = { text: '\u0003', after: 'listening on ' };

  it.skipIf(!hasScript)(named('has a log for people'), async () => {
    expect(await shownOnTerminal(`NO_COLOR=1 ${program} serve --port 0`, stop)).toMatch(
      /^listening on 127\.0\.0\.1:\d+\n/m,
    );
  });

  it.skipIf(!hasScript)(named('has a log in JSON where standard output is no terminal'), async () => {
    const shown = await shownOnTerminal(`${program} serve --port 0 | cat`, stop);
    const [first = ''] = shown.split('\n');
    expect(JSON.parse(first)).toMatchObject({
      event: 'listening',
      msg: expect.stringMatching(/^listening on 127\.0\.0\.1:\d+$/),
    });
  });
});

describe('rxjs-tcp connect on a terminal', () => {
  it.skipIf(!hasScript)(named('ends the reply with a newline and says how the connection ended'), async () => {
    const { port } = await serve(['--delay', '0', '--reply', 'raw']);
    const shown = await shownOnTerminal(`${program} connect ${port} hello`);
    expect(shown).toMatch(new RegExp(`^hello\n${summary(port, 5, 5)}$`));
  });

  it.skipIf(!hasScript)(named('prints a reply to words in one line, although it comes in parts'), async () => {
    const { port } = await serve(['--delay', '0', '--reply', 'raw', '--slice', '1']);
    const word = 'x'.repeat(100);
    const shown = await shownOnTerminal(`${program} connect ${port} ${word}`);
    expect(shown).toMatch(new RegExp(`^${word}\n${summary(port, 100, 100)}$`));
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
