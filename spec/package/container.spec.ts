/** The packed command in a root file system of BusyBox, Node and its shared libraries: no bash, GNU tools, git or npm. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, inject, it, onTestFinished } from 'vitest';
import { copyLibraries } from './support/libraries.js';
import { fine, run } from './support/tool.js';

const succeeds = (command: string): boolean => spawnSync('sh', ['-c', command], { stdio: 'ignore' }).status === 0;
const isPossible = succeeds('busybox true && unshare --mount true && command -v ldd');
const note = isPossible ? '' : ' (skipped: needs busybox, ldd and the right to mount)';

it.skipIf(!isPossible)(`the command serves and connects in an image of BusyBox and Node${note}`, async () => {
  const image = buildImage();
  const server = spawn('unshare', within(image, 'exec rxjs-tcp --port 0 --delay 10'), {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void server.kill('SIGKILL'));
  const closed = once(server, 'close');
  let port = '';
  for await (const line of createInterface(server.stdout)) {
    port = /listening on .*:(\d+)/.exec(line)?.[1] ?? '';
    break;
  }
  server.stdout.resume();
  const client = await run('unshare', within(image, `echo hello | rxjs-tcp connect ${port}`));
  expect(client).toEqual(fine(expect.stringMatching(/^Echo=>hello\n at /)));
  server.kill('SIGTERM');
  expect(await closed).toEqual([0, null]);
});

/** Runs a line of BusyBox's shell in the image, with the devices and the process table that a container has. */
function within(image: string, line: string): string[] {
  const mounts = `mount -t proc proc ${image}/proc && mount --bind /dev ${image}/dev`;
  const path = 'PATH=/bin:/usr/bin:/app/node_modules/.bin';
  return ['--mount', 'sh', '-c', `${mounts} && exec chroot ${image} /usr/bin/env -i ${path} /bin/sh -c '${line}'`];
}

function buildImage(): string {
  const image = mkdtempSync(join(tmpdir(), 'rxjs-tcp-image-'));
  onTestFinished(() => rmSync(image, { recursive: true }));
  for (const folder of ['bin', 'usr/bin', 'proc', 'dev', 'app']) mkdirSync(join(image, folder), { recursive: true });
  const busybox = execFileSync('sh', ['-c', 'command -v busybox'], { encoding: 'utf8' }).trim();
  cpSync(busybox, join(image, 'bin/busybox'), { dereference: true });
  cpSync(process.execPath, join(image, 'usr/bin/node'), { dereference: true });
  for (const program of [busybox, process.execPath]) copyLibraries(program, image);
  for (const applet of ['bin/sh', 'bin/echo', 'usr/bin/env']) symlinkSync('/bin/busybox', join(image, applet));
  cpSync(join(inject('project'), 'node_modules'), join(image, 'app/node_modules'), {
    recursive: true,
    verbatimSymlinks: true,
  });
  return image;
}
