/** The README says what the code does: its sessions are played, its tables are compared; docs.spec.ts runs its examples. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type CloseReason, defaults, errorCodes, type ServerEvent } from '../lib/index.js';
import { main, netcat, run, serve } from './support/command.js';
import { timeless } from './support/timeless.js';

const readme = readFileSync('README.md', 'utf8');
const { scripts } = JSON.parse(readFileSync('package.json', 'utf8'));

/** The rows of the table whose first head is that, as cells. */
function table(head: string): string[][] {
  const lines = readme.split('\n').map((line) =>
    line
      .split('|')
      .map((cell) => cell.trim())
      .slice(1, -1),
  );
  const start = lines.findIndex(([first]) => first === head) + 2; // below the head and its rule
  const rows = lines.slice(start);
  return rows.slice(
    0,
    rows.findIndex((cells) => cells.length === 0),
  );
}

const code = (cell = '') => cell.replaceAll('`', '');

/** The compiler refuses these when a value is missing or unknown. */
type Listed<Value extends string> = { readonly [Key in Value]: true };
type Dropped = Extract<ServerEvent, { type: 'dropped' }>;

const events: Listed<ServerEvent['type']> = {
  listening: true,
  opened: true,
  closed: true,
  dropped: true,
  warning: true,
  draining: true,
};
const closed: Listed<CloseReason> = {
  ended: true,
  reset: true,
  idle: true,
  stalled: true,
  'half-closed': true,
  lifetime: true,
  overflow: true,
  failed: true,
  aborted: true,
};
const dropped: Listed<Dropped['reason']> = { limit: true, memory: true, lost: true };

describe('the README', () => {
  it('has two commands for a fresh machine', () => {
    const blocks = [...readme.matchAll(/```sh\n(.*?)```/gs)].map(([, block]) => block);
    expect(blocks).toEqual(['npm ci && npm start\n', 'npm ci && npm test\n']);
    expect(scripts.start).toBe(`exec node ${main.join(' ')}`);
    const [flag, file = ''] = main;
    expect(readFileSync(file, 'utf8').split('\n')[0]).toBe(`#!/usr/bin/env -S node ${flag}`);
  });

  for (const file of ['shout', 'virtual-time']) {
    it(`shows examples/${file}.ts as it is`, () => {
      const [, shown] = new RegExp(`<!-- examples/${file}.ts -->\\n\`\`\`ts\\n(.*?)\`\`\``, 's').exec(readme) ?? [];
      expect(shown).toBe(readFileSync(`examples/${file}.ts`, 'utf8'));
    });
  }

  const needsNetcat = netcat === undefined ? ' (skipped: there is no nc or ncat)' : '';
  it.skipIf(netcat === undefined)(`shows a session as it goes${needsNetcat}`, async () => {
    const server = await serve();
    const [, session = ''] = /```console\n(\$ printf.*?)```/s.exec(readme) ?? [];
    const turns = session
      .split(/^\$ /m)
      .slice(1)
      .map((turn) => turn.split('\n'));
    const answers = turns.map(([line = '']) => {
      const script = line
        .replaceAll('50007', server.port)
        .replace('npx rxjs-tcp', `${process.execPath} dist/app/main.js`)
        .replace('nc -N', (netcat ?? []).join(' '));
      return run('sh', ['-c', script]);
    });
    expect(turns.length).toBe(3);
    expect((await Promise.all(answers)).map(({ stdout }) => timeless(stdout))).toEqual(
      turns.map(([, answer = '']) => timeless(answer)),
    );
    const [, log = ''] = /```console\n(listening.*?)```/s.exec(readme) ?? [];
    const shown = timeless(log).split('\n').filter(Boolean);
    const lines = () => timeless(server.printed()).split('\n');
    await expect.poll(lines, { timeout: 5_000 }).toEqual(expect.arrayContaining(shown));
  });

  const options = { tcpServer: defaults.server, tcpConnect: defaults.connect, echo: defaults.echo };
  for (const [name, values] of Object.entries(options)) {
    it(`lists the options of ${name} with their defaults`, () => {
      const shown = table(`\`${name}\``).flatMap(([option, value]) =>
        value === '' ? [] : [[code(option), code(value)]],
      );
      expect(Object.fromEntries(shown)).toEqual(printed(values));
    });
  }

  for (const [head, values] of Object.entries({
    event: events,
    '`closed` reason': closed,
    '`dropped` reason': dropped,
  })) {
    it(`lists every value under the head ${head}`, () => {
      expect(table(head).map(([value]) => code(value))).toEqual(Object.keys(values));
    });
  }

  it('lists every error code with its meaning', () => {
    expect(Object.fromEntries(table('code').map(([name, meaning]) => [code(name), meaning]))).toEqual({
      ...errorCodes,
    });
  });
});

function printed(values: object): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, typeof value === 'string' ? `'${value}'` : String(value)]),
  );
}
