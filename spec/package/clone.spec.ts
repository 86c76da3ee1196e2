/** The command in a clone of the repository. */
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { fine, run } from './support/tool.js';

const { version } = JSON.parse(readFileSync('package.json', 'utf8'));

/** What a build needs; `node_modules` is there as `npm ci` leaves it. */
const sources = [
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'tsconfig.build.json',
  'bundle-command.js',
  'lib',
];

it('npx runs it after npm ci, after a package was packed, and after dist was removed and built', async () => {
  const clone = mkdtempSync(join(tmpdir(), 'rxjs-tcp-clone-'));
  onTestFinished(() => rmSync(clone, { recursive: true }));
  for (const file of sources) cpSync(file, join(clone, file), { recursive: true });
  symlinkSync(resolve('node_modules'), join(clone, 'node_modules'));
  const npm = (...args: string[]) => run('npm', [...args, '--silent', `--cache=${clone}/cache`], clone);
  const works = async () => expect(await npm('exec', 'rxjs-tcp', '--', '--version')).toEqual(fine(`${version}\n`));

  await npm('run', 'prepare'); // npm ci does
  await works();
  await npm('pack', '--pack-destination', 'cache');
  await works();
  rmSync(join(clone, 'dist'), { recursive: true });
  await npm('run', 'build');
  await works();
});
