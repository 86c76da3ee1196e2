/** The README says what the code does: its sessions are played; docs.spec.ts runs its examples. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { main, netcat, run, serve } from './support/command.js';
import { timeless } from './support/timeless.js';

const readme = readFileSync('README.md', 'utf8');
const { scripts } = JSON.parse(readFileSync('package.json', 'utf8'));

describe('the README', () => {
  it('has the commands to install, to run and to test', () => {
    const blocks = [...readme.matchAll(/```sh\n(.*?)```/gs)].map(([, block]) => block);
    expect(blocks).toEqual(['npm install rxjs-tcp rxjs\n', 'npm ci && npm start\n', 'npm ci && npm test\n']);
    expect(scripts.start).toBe(`exec node ${main.join(' ')}`);
  });

  it('is shorter than 250 lines', () => {
    expect(readme.trimEnd().split('\n').length).toBeLessThan(250);
  });

  const needsNetcat = netcat === undefined ? ' (skipped: there is no nc or ncat)' : '';
  it.skipIf(netcat === undefined)(`shows a session as it goes${needsNetcat}`, async () => {
    const server = await serve();
    const [, session = ''] = /```console\n(\$ .*?)```/s.exec(readme) ?? [];
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
    expect(turns.length).toBe(2);
    expect((await Promise.all(answers)).map(({ stdout }) => timeless(stdout))).toEqual(
      turns.map(([, answer = '']) => timeless(answer)),
    );
    const [, log = ''] = /```console\n(listening.*?)```/s.exec(readme) ?? [];
    const shown = timeless(log).split('\n').filter(Boolean);
    const lines = () => timeless(server.printed()).split('\n');
    await expect.poll(lines, { timeout: 5_000 }).toEqual(expect.arrayContaining(shown));
  });
});
