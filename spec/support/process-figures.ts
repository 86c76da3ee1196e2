/** The kernel's figures of a process (proc(5)), on Linux only. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

export const hasProcessFigures = process.platform === 'linux';

/** Resident memory, in bytes. */
export function residentBytes(pid: number): number {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) * 1_024;
}

/** Processor time spent so far, in seconds. Linux counts it in hundredths (USER_HZ). */
export function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Open file descriptors. */
export function openFiles(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

/** What its descriptors are open on: a path, or a kind and a number. */
export function openOn(pid: number): string[] {
  const folder = `/proc/${pid}/fd`;
  return readdirSync(folder).flatMap((descriptor) => {
    try {
      return readlinkSync(`${folder}/${descriptor}`);
    } catch {
      return []; // closed since it was listed
    }
  });
}

/** Prints a measurement, so that a run shows how far it is from its bound. */
export function report(figure: string): void {
  process.stdout.write(`figure: ${figure}\n`);
}
