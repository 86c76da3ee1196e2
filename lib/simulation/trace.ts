/** The last lines of what happened in a simulation, each with its instant. */
import type { SchedulerLike } from 'rxjs';

export class Trace {
  readonly #clock: Pick<SchedulerLike, 'now'>;
  readonly #maxLines: number;
  #lines: string[] = [];

  constructor(clock: Pick<SchedulerLike, 'now'>, maxLines: number) {
    this.#clock = clock;
    this.#maxLines = maxLines;
  }

  readonly add = (line: string): void => {
    this.#lines.push(`${rounded(this.#clock.now())} ms ${line}`);
    if (this.#lines.length > 2 * this.#maxLines) this.#lines = this.lines(); // seldom, since it copies them
  };

  lines(): string[] {
    return this.#maxLines === 0 ? [] : this.#lines.slice(-this.#maxLines);
  }
}

/** To a microsecond: what a program has waited may be any fraction. */
function rounded(ms: number): number {
  return Math.round(ms * 1_000) / 1_000;
}
