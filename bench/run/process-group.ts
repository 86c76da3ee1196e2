/** What a server uses, with its threads and child processes: they share a process group. Linux only. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** The unit of /proc, whatever the kernel's own tick is. */
const ticksPerSecond = 100;
/** How much of one process's time rounding may lose between two readings. */
const roundingSeconds = 0.03;

export interface CpuReading {
  readonly processes: number;
  /** In ticks of 10 ms, with threads and processes that have ended. */
  readonly seconds: number;
  /** In nanoseconds, of each thread that is alive. */
  readonly threads: ReadonlyMap<string, number>;
}

export function readCpu(group: number): CpuReading {
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

/** By nanoseconds, unless the two counts differ by more than rounding: then threads came and went, which only ticks count. */
export function cpuBetween(before: CpuReading, after: CpuReading): number {
  let ns = 0;
  for (const [thread, value] of after.threads) ns += value - (before.threads.get(thread) ?? 0);
  const coarse = after.seconds - before.seconds;
  const rounding = roundingSeconds * Math.max(before.processes, after.processes);
  return Math.abs(coarse - ns / 1e9) <= rounding ? ns / 1e9 : coarse;
}

/** In bytes; memory that processes share is divided among them. */
export function readMemory(group: number): number {
  let kilobytes = 0;
  for (const { pid } of members(group)) {
    const pss = /^Pss:\s+(\d+)/m.exec(read(`/proc/${pid}/smaps_rollup`) ?? '')?.[1];
    kilobytes += Number(pss ?? 0);
  }
  return kilobytes * 1024;
}

/** How many sockets each process of the group has. */
export function readSockets(group: number): ReadonlyMap<string, number> {
  return new Map(
    members(group).map(({ pid }) => [pid, list(`/proc/${pid}/fd`).filter((fd) => isSocket(pid, fd)).length]),
  );
}

function isSocket(pid: string, fd: string): boolean {
  try {
    return readlinkSync(`/proc/${pid}/fd/${fd}`).startsWith('socket:');
  } catch {
    return false; // closed by now
  }
}

/** The processes of a group, each with its stat from the field after the name on. */
function members(group: number): { pid: string; stat: string[] }[] {
  return list('/proc').flatMap((pid) => {
    if (!/^\d+$/.test(pid)) return [];
    const text = read(`/proc/${pid}/stat`);
    if (text === undefined) return [];
    const stat = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return Number(stat[2]) === group ? [{ pid, stat }] : [];
  });
}

/** Undefined if the process has ended. */
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
