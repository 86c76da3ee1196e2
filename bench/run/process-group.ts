/** What a server uses, with its threads and children: they share a process group. Linux only; elsewhere nothing is known. */
import { readdirSync, readFileSync } from 'node:fs';

/** What the kernel counts in, whatever its own tick is. */
const ticksPerSecond = 100;
/** What rounding may take of one process between two readings; where the two ways to count differ by more, it is not that. */
const roundingSeconds = 0.03;

export interface CpuReading {
  readonly processes: number;
  /** In ticks of 10 ms, those who have died included. */
  readonly seconds: number;
  /** In nanoseconds, by living thread. */
  readonly threads: ReadonlyMap<string, number>;
}

export function readCpu(group: number): CpuReading | undefined {
  if (process.platform !== 'linux') return undefined;
  const processes = members(group);
  let ticks = 0;
  const threads = new Map<string, number>();
  for (const { pid, stat } of processes) {
    const [user = 0, system = 0, childUser = 0, childSystem = 0] = stat.slice(11, 15).map(Number);
    ticks += user + system + childUser + childSystem;
    for (const thread of list(`/proc/${pid}/task`)) {
      const [ns] = read(`/proc/${pid}/task/${thread}/schedstat`)?.split(' ') ?? [];
      if (ns !== undefined) threads.set(`${pid}/${thread}`, Number(ns));
    }
  }
  return { processes: processes.length, seconds: ticks / ticksPerSecond, threads };
}

/** The finer count, unless threads or processes came and went between the two, which only the coarse one has seen. */
export function cpuBetween(before: CpuReading, after: CpuReading): number {
  let ns = 0;
  for (const [thread, value] of after.threads) ns += value - (before.threads.get(thread) ?? 0);
  const coarse = after.seconds - before.seconds;
  const rounding = roundingSeconds * Math.max(before.processes, after.processes);
  return Math.abs(coarse - ns / 1e9) <= rounding ? ns / 1e9 : coarse;
}

/** In bytes; what processes share is divided between them. */
export function readMemory(group: number): number | undefined {
  if (process.platform !== 'linux') return undefined;
  let kilobytes = 0;
  for (const { pid } of members(group)) {
    const pss = /^Pss:\s+(\d+)/m.exec(read(`/proc/${pid}/smaps_rollup`) ?? '')?.[1];
    const rss = pss ?? /^VmRSS:\s+(\d+)/m.exec(read(`/proc/${pid}/status`) ?? '')?.[1];
    kilobytes += Number(rss ?? 0);
  }
  return kilobytes * 1024;
}

/** Their stat, from the field after the name on. */
function members(group: number): { pid: string; stat: string[] }[] {
  return list('/proc').flatMap((pid) => {
    if (!/^\d+$/.test(pid)) return [];
    const text = read(`/proc/${pid}/stat`);
    if (text === undefined) return [];
    const stat = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return Number(stat[2]) === group ? [{ pid, stat }] : [];
  });
}

/** A process may be gone before it is read. */
function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return undefined;
  }
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
