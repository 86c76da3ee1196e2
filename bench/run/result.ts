/** The shape of the JSON that a run writes, and that `--compare` and the pictures read. */
import type { LoadReport } from '../load/plan.js';
import type { Metric, Scenario } from '../scenarios.js';

export const resultVersion = 2;

export interface Result {
  readonly version: typeof resultVersion;
  readonly environment: Environment;
  readonly quick: boolean;
  readonly rounds: number;
  readonly scenarios: readonly Scenario[];
  readonly peers: readonly string[];
  /** Not installed, or does not compile. */
  readonly skipped: readonly Skipped[];
  /** Did not do the job, so was not timed. */
  readonly wrong: readonly Skipped[];
  /** Every single run, in the order in which they were made. */
  readonly runs: readonly Run[];
  /** What the table shows. */
  readonly summary: readonly Summary[];
}

export interface Environment {
  readonly date: string;
  readonly node: string;
  readonly rxjs: string;
  /** With `+` where the work tree differs from it. */
  readonly commit: string;
  readonly kernel: string;
  readonly cpu: string;
  readonly cores: number;
  readonly pinned: boolean;
  /** The load average of the minute before. */
  readonly load: number;
  /** The part of all CPU time that the hypervisor gave to others during the run; undefined where it is not told. */
  readonly steal?: number;
}

export interface Skipped {
  readonly peer: string;
  readonly reason: string;
  readonly debianPackage?: string;
}

export interface Run {
  readonly scenario: string;
  readonly cell: string;
  readonly peer: string;
  readonly round: number;
  readonly figures: Readonly<Partial<Record<Metric, number>>>;
  /** The generator was the limit: `perSecond` is what it reached, and says nothing of the server. */
  readonly generatorLimited: boolean;
  /** Why it does not count. */
  readonly void?: string;
  readonly report?: LoadReport;
  /** `memory`: `[connections, bytes]`; `slow-readers`: `[ms, bytes]`. */
  readonly memory?: readonly (readonly [number, number])[];
}

export interface Summary {
  readonly scenario: string;
  readonly cell: string;
  readonly peer: string;
  readonly metric: Metric;
  readonly median: number;
  readonly low: number;
  readonly high: number;
  /** Median of the ratios to the baseline of the same round; undefined where there was none. */
  readonly ratio?: number;
  /** By how much noise alone may have moved the ratio, as a factor over 1, either way; none without a control. */
  readonly band?: number;
  /** Whether the ratio is within the band of 1. */
  readonly verdict?: 'equal' | 'less' | 'more';
  readonly runs: number;
  readonly voids: number;
  /** Of the runs, those that the generator limited. */
  readonly limited: number;
}
