/** Where and on what the figures were made. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism, cpus, loadavg, release, type } from 'node:os';
import { projectFolder } from './paths.js';
import { pinning } from './pinning.js';
import type { Environment } from './result.js';

export function readEnvironment(): Environment {
  const rxjs = createRequire(import.meta.url)('rxjs/package.json') as { version: string };
  return {
    date: new Date().toISOString().slice(0, 16),
    node: process.versions.node,
    rxjs: rxjs.version,
    commit: commit(),
    kernel: `${type()} ${release()}`,
    cpu: cpus()[0]?.model.trim() ?? 'unknown CPU',
    cores: availableParallelism(),
    pinned: pinning !== undefined,
    load: loadavg()[0] ?? 0,
  };
}

/** Starts to watch; called at the end it tells the part that was stolen since. */
export function watchSteal(): () => number | undefined {
  const before = readTimes();
  return () => {
    const after = readTimes();
    if (before === undefined || after === undefined) return undefined;
    const all = after.all - before.all;
    return all === 0 ? 0 : (after.stolen - before.stolen) / all;
  };
}

function readTimes(): { all: number; stolen: number } | undefined {
  if (process.platform !== 'linux') return undefined;
  // user nice system idle iowait irq softirq steal; the guests' are in the first two
  const times = readFileSync('/proc/stat', 'utf8').split('\n')[0]?.trim().split(/\s+/).slice(1, 9).map(Number) ?? [];
  return { all: times.reduce((sum, time) => sum + time, 0), stolen: times[7] ?? 0 };
}

function commit(): string {
  const git = (...args: string[]) => spawnSync('git', args, { cwd: projectFolder, encoding: 'utf8' });
  const head = git('rev-parse', '--short', 'HEAD');
  if (head.status !== 0) return 'unknown';
  return head.stdout.trim() + (git('status', '--porcelain').stdout.trim() === '' ? '' : '+');
}
