/** One core for the server and another for the generator, if there are two and `taskset` is installed. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

export interface Pinning {
  readonly serverCore: number;
  readonly generatorCore: number;
}

export const pinning: Pinning | undefined = choosePinning();

/** The command, pinned to a core, or as it is. */
export function pinned(command: readonly string[], core: keyof Pinning): string[] {
  return pinning === undefined ? [...command] : ['taskset', '-c', String(pinning[core]), ...command];
}

function choosePinning(): Pinning | undefined {
  if (spawnSync('taskset', ['--version']).status !== 0) return undefined;
  const list = /^Cpus_allowed_list:\s*(.+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '';
  const cores = list.split(',').flatMap((range) => {
    const [first = 0, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
  const [generatorCore, serverCore] = [cores.at(0), cores.at(-1)];
  if (generatorCore === undefined || serverCore === undefined || generatorCore === serverCore) return undefined;
  return { serverCore, generatorCore };
}
