/** What the packed package holds. */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, inject, it, onTestFinished } from 'vitest';
import { tool } from './support/tool.js';

const installed = () => join(inject('project'), 'node_modules/rxjs-tcp');
const files = () => readdirSync(installed(), { recursive: true, encoding: 'utf8' });
const text = (file: string) => readFileSync(join(installed(), file), 'utf8');

it('each map of a declaration leads to a file that is in it', () => {
  const maps = files().filter((file) => file.endsWith('.map'));
  const sourceOf = (map: string) => join(dirname(map), JSON.parse(text(map)).sources[0]);
  expect(maps.length).toBeGreaterThan(40);
  expect(maps.filter((map) => !existsSync(join(installed(), sourceOf(map))))).toEqual([]);
});

it('its files are the build, its sources, what runs it as a service and what npm always packs', () => {
  const top = new Set(files().map((file) => file.split('/')[0]));
  expect([...top].sort()).toEqual(['CHANGELOG.md', 'LICENSE', 'README.md', 'deploy', 'dist', 'lib', 'package.json']);
});

it('the license of each package that is bundled with the command is in it', () => {
  const licensed = [...text('dist/app/LICENSES.txt').matchAll(/^([\w-]+) \d+\.\d+\.\d+$/gm)].map(([, name]) => name);
  expect(licensed).toEqual(['commander', 'dayjs', 'leven', 'ms', 'rxjs', 'tslib', 'yocto-queue']);
});

it('its homepage and its issues are at the address of its repository', () => {
  const { repository, homepage, bugs } = JSON.parse(text('package.json'));
  const address = repository.url.replace(/^git\+|\.git$/g, '');
  expect([homepage, bugs]).toEqual([`${address}#readme`, `${address}/issues`]);
});

it('an editor that goes to the definition of tcpServer opens its source', async () => {
  const server = spawn(process.execPath, [tool('typescript-5.9/bin/tsserver'), '--disableAutomaticTypingAcquisition']);
  onTestFinished(() => void server.kill());
  const file = join(inject('project'), 'examples/shout.ts');
  const [line, offset] = placeOf('tcpServer(', readFileSync(file, 'utf8'));
  const send = (seq: number, command: string, args: object) =>
    server.stdin.write(`${JSON.stringify({ seq, type: 'request', command, arguments: args })}\n`);
  send(1, 'open', { file });
  send(2, 'definition', { file, line, offset });
  for await (const answer of createInterface(server.stdout)) {
    if (!answer.startsWith('{')) continue;
    const { request_seq, body } = JSON.parse(answer);
    if (request_seq !== 2) continue;
    const [definition] = body;
    expect(definition.file).toBe(join(installed(), 'lib/server/tcp-server.ts'));
    expect(readFileSync(definition.file, 'utf8').split('\n')[definition.start.line - 1]).toContain(
      'function tcpServer(',
    );
    break;
  }
});

/** Where `words` begin: line and column, from 1. */
function placeOf(words: string, source: string): [line: number, offset: number] {
  const before = source.slice(0, source.indexOf(words)).split('\n');
  return [before.length, (before.at(-1) as string).length + 1];
}
