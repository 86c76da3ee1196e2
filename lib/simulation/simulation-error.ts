/** The error of a simulation: what went wrong, how to play it again, and what happened before. */

/** As many as a terminal shows. */
const linesInMessage = 50;

/** What `simulate` throws. `cause` is the error underneath, if there is one. */
export class SimulationError extends Error {
  override readonly name = 'SimulationError';
  /** With it, the same happens again. */
  readonly seed: number;
  /** No field that Node prints: the message has it. */
  readonly #trace: readonly string[];

  /** @internal */
  constructor(what: string, seed: number, trace: readonly string[], options?: ErrorOptions) {
    super(
      `${what}\nPlay it again with seed ${seed}. The end of its trace:\n${aligned(trace.slice(-linesInMessage))}`,
      options,
    );
    this.seed = seed;
    this.#trace = trace;
  }

  /** The last lines of the trace, of which up to 50 are in the message too. */
  get trace(): readonly string[] {
    return this.#trace;
  }
}

/** Instants are right-aligned, so that they can be compared at a glance. */
function aligned(trace: readonly string[]): string {
  if (trace.length === 0) return '  (no line)';
  const width = Math.max(...trace.map((line) => line.indexOf(' ')));
  return trace.map((line) => `  ${' '.repeat(width - line.indexOf(' '))}${line}`).join('\n');
}
