/** The image of the Dockerfile, without Docker: its last stage is laid out by hand, and its own commands run in it. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, readdirSync, readFileSync, realpathSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { expect, inject, it, onTestFinished } from 'vitest';
import { temporaryFolder } from '../support/temporary-folder.js';
import { copyLibraries } from './support/libraries.js';
import { fine, run, tool } from './support/tool.js';

const dockerfile = readFileSync('Dockerfile', 'utf8');

/** What stands behind the last such instruction. */
const instruction = (name: string) =>
  [...dockerfile.matchAll(new RegExp(`^(?: {2})?${name} (.+)$`, 'gm'))].at(-1)?.[1] ?? '';
const [serve, health] = [...dockerfile.matchAll(/CMD (\[.+\])$/gm)].map(([, list = '']): string[] => JSON.parse(list));
const entry: string[] = JSON.parse(instruction('ENTRYPOINT'));

it('the Dockerfile has nothing that Docker would refuse or warn of', async () => {
  const { validate } = await import(pathToFileURL(tool('dockerfile-utils/lib/main.js')).href);
  expect(validate(dockerfile)).toEqual([]);
});

it('what .dockerignore leaves is what the package is built of', () => {
  const folder = temporaryFolder();
  const kept = readFileSync('.dockerignore', 'utf8').match(/(?<=^!).+$/gm) ?? [];
  for (const name of kept) cpSync(name, join(folder, name), { recursive: true });
  symlinkSync(realpathSync('node_modules'), join(folder, 'node_modules'));
  execFileSync('npm', ['pack', '--silent'], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
  const packed = readdirSync(folder).find((file) => file.endsWith('.tgz')) as string;
  expect(filesOf(join(folder, packed))).toEqual(filesOf(inject('tarball')));
});

const filesOf = (tarball: string) =>
  execFileSync('tar', ['--list', '--file', tarball], { encoding: 'utf8' }).split('\n').sort();

const needs = 'unshare --mount --pid --fork --net true && command -v chroot ip ldd nsenter';
const isPossible = spawnSync('sh', ['-c', needs], { stdio: 'ignore' }).status === 0;
const note = isPossible ? '' : ' (skipped: needs ip, ldd, nsenter and the right to make namespaces)';

it.skipIf(!isPossible)(`the image serves as process 1, without root, and SIGTERM shuts it down${note}`, async () => {
  const image = layOut();
  const user = instruction('USER');
  const prepare = `ip link set lo up && mount -t proc proc ${image}/proc && exec chroot --userspec=${user} ${image} "$@"`;
  const namespaces = ['--mount', '--pid', '--fork', '--kill-child', '--net'];
  const environment = ['-i', `PATH=${process.env.PATH}`, instruction('ENV')];
  const command = ['unshare', ...namespaces, 'sh', '-c', prepare, 'sh', ...entry, ...(serve ?? [])];
  const server = spawn('env', [...environment, ...command], { stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(() => void server.kill('SIGKILL'));
  const closed = once(server, 'close');
  const events: string[] = [];
  createInterface(server.stdout).on('line', (line) => events.push(JSON.parse(line).event));
  await expect.poll(() => events, { timeout: 20_000 }).toEqual(['listening']);

  const first = readFileSync(`/proc/${server.pid}/task/${server.pid}/children`, 'utf8').trim();
  const [uid = '', gid = ''] = user.split(':');
  const status = readFileSync(`/proc/${first}/status`, 'utf8');
  expect(status).toMatch(/^NSpid:\s+\d+\s+1$/m);
  expect(status).toMatch(new RegExp(`^Uid:\\s+${uid}\\s+${uid}\\s+${uid}\\s`, 'm'));

  // As the engine runs it: in the namespaces and the files of the server, as its user.
  const inside = [
    '--target',
    first,
    '--mount',
    '--pid',
    '--net',
    '--root',
    '--wd=/',
    `--setuid=${uid}`,
    `--setgid=${gid}`,
  ];
  const execute = (...args: string[]) => run('env', [...environment, 'nsenter', ...inside, ...args]);
  expect(await execute(...(health ?? []))).toEqual(fine(''));
  const reply = expect.stringMatching(/^Echo=>hello at /);
  expect(await execute(...entry, 'connect', '50007', 'hello')).toEqual(fine(reply));

  process.kill(Number(first), 'SIGTERM');
  expect(await closed).toEqual([0, null]);
  expect(events).toEqual(['listening', 'opened', 'closed', 'draining', 'stopped']);
});

/** Node 24 and its libraries, and what the last RUN of the first stage installs. There is no shell. */
function layOut(): string {
  const node = tool('node-24/bin/node');
  const image = temporaryFolder();
  for (const folder of ['nodejs/bin', 'proc', 'app']) mkdirSync(join(image, folder), { recursive: true });
  cpSync(node, join(image, 'nodejs/bin/node'), { dereference: true });
  copyLibraries(node, image);
  const install = instruction('RUN')
    .replace('/app', join(image, 'app'))
    .replace('/tmp/rxjs-tcp-*.tgz', inject('tarball'));
  execFileSync('sh', ['-c', `${install} --silent`], { stdio: ['ignore', 'ignore', 'inherit'] });
  execFileSync('chmod', ['-R', 'a+rX', image]);
  return image;
}
