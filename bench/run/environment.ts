/** Where and on what the figures were made. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism, cpus, loadavg, release, type } from 'node:os';
import { projectFolder } from './paths.js';
import { pinning } from './pinning.js';

export type Environment = ReturnType<ReturnType<typeof watchEnvironment>>;

/** Starts to watch what other machines take; the function that it returns gives the environment since then. */
export function watchEnvironment() {
  const rxjs = createRequire(import.meta.url)('rxjs/package.json') as { version: string };
  const before = readTimes();
  const start = { date: new Date().toISOString().slice(0, 16), commit: commit(), load: loadavg()[0] ?? 0 };
  return () => {
    const after = readTimes();
    return {
      ...start,
      node: process.versions.node,
      rxjs: rxjs.version,
      kernel: `${type()} ${release()}`,
      cpu: cpus()[0]?.model.trim() ?? 'unknown CPU',
      cores: availableParallelism(),
      pinned: pinning !== undefined,
      /** The part of all CPU time that the hypervisor gave to other machines. */
      steal: (after.stolen - before.stolen) / Math.max(1, after.all - before.all),
    };
  };
}

/** The line above all tables. */
export function environmentLine({ node, rxjs, commit, kernel, date, ...machine }: Environment): string {
  const { cpu, cores, pinned, load, steal } = machine;
  const processor = `${cpu}, ${cores} cores${pinned ? ', pinned' : ''}`;
  const versions = [`node ${node}`, `rxjs ${rxjs}`, `commit ${commit}`];
  return [...versions, kernel, processor, `load ${load.toFixed(2)}`, `steal ${(steal * 100).toFixed(1)} %`, date].join(
    ' · ',
  );
}

function readTimes(): { all: number; stolen: number } {
  // user nice system idle iowait irq softirq steal; the times of guests are in the first two
  const times = readFileSync('/proc/stat', 'utf8').split('\n')[0]?.trim().split(/\s+/).slice(1, 9).map(Number) ?? [];
  return { all: times.reduce((sum, time) => sum + time, 0), stolen: times[7] ?? 0 };
}

function commit(): string {
  const describe = ['describe', '--always', '--exclude=*', '--dirty=+'];
  return spawnSync('git', describe, { cwd: projectFolder, encoding: 'utf8' }).stdout.trim() || 'unknown';
}
