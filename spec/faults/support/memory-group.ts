/** A control group of Linux with a limit of memory, as a container is one: in version 1 of the interface, which root may write to. */
import { mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const memoryGroupFolder = '/sys/fs/cgroup/memory';

let groups = 0;

export class MemoryGroup {
  /** What a program begins with to be in it. */
  readonly entry: readonly string[];
  readonly #folder = join(memoryGroupFolder, `rxjs-tcp-${process.pid}-${++groups}`);

  constructor(bytes: number) {
    mkdirSync(this.#folder);
    writeFileSync(join(this.#folder, 'memory.limit_in_bytes'), String(bytes));
    this.entry = ['sh', '-c', `echo $$ > ${this.#folder}/cgroup.procs; exec "$0" "$@"`];
  }

  /** Once its last process has ended. */
  remove(): void {
    rmdirSync(this.#folder);
  }
}
