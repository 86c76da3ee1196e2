/** Packs the package and installs it in an empty project, as a user does; and, in another one, the tools to try it with. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { tools } from './tools.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** The packed package, as `npm publish` would upload it. */
    readonly tarball: string;
    /** The project of a user, with the programs of `programs/`. */
    readonly project: string;
    /** Where the tools are, each in a folder of its name. */
    readonly tools: string;
  }
}

const npm = (folder: string, ...args: string[]) =>
  execFileSync('npm', [...args, '--silent'], { cwd: folder, shell: process.platform === 'win32', encoding: 'utf8' });

export function setup({ provide }: TestProject): () => void {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'rxjs-tcp-')));
  const [project, toolbox] = [join(root, 'project'), join(root, 'tools')];
  npm('.', 'pack', '--pack-destination', root);
  const tarball = join(root, readdirSync(root).find((file) => file.endsWith('.tgz')) as string);
  cpSync('spec/package/programs', project, { recursive: true });
  cpSync('examples', join(project, 'examples'), { recursive: true });
  writeFileSync(join(project, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  npm(project, 'install', tarball, 'rxjs@7', '@types/node');
  mkdirSync(toolbox);
  writeFileSync(join(toolbox, 'package.json'), JSON.stringify({ private: true }));
  npm(toolbox, 'install', ...tools);
  provide('tarball', tarball);
  provide('project', project);
  provide('tools', join(toolbox, 'node_modules'));
  return () => rmSync(root, { recursive: true });
}
