/** The JSON that a run writes, and that `--compare` and the pictures read. */
import { readFileSync } from 'node:fs';
import type { LoadReport } from '../load/plan.js';
import type { Metric, Scenario } from '../scenarios.js';
import type { Environment } from './environment.js';

export const resultVersion = 2;

export interface Result {
  readonly version: typeof resultVersion;
  readonly environment: Environment;
  readonly rounds: number;
  readonly scenarios: readonly Scenario[];
  readonly peers: readonly string[];
  readonly skipped: readonly Skipped[];
  /** Every single run, in the order in which they were made. */
  readonly runs: readonly Run[];
  /** What the table shows. */
  readonly summary: readonly Summary[];
}

/** Not installed, does not compile, fails the check, or leaves out a cell. */
export interface Skipped {
  readonly peer: string;
  readonly reason: string;
  readonly debianPackage?: string | undefined;
}

/** `[x, bytes]`, where x is connections or milliseconds. */
export type Readings = readonly (readonly [number, number])[];

export interface Run {
  readonly scenario: string;
  readonly cell: string;
  readonly peer: string;
  readonly round: number;
  readonly figures: Readonly<Partial<Record<Metric, number | undefined>>>;
  /** The generator was the limit: `perSecond` is its own rate, and says nothing about the server. */
  readonly generatorLimited: boolean;
  /** Why it does not count. */
  readonly void?: string | undefined;
  readonly report?: LoadReport;
  /** `memory`: over connections; `slow-readers`: over milliseconds. */
  readonly memory?: Readings;
}

export interface Summary {
  readonly scenario: string;
  readonly cell: string;
  readonly peer: string;
  readonly metric: Metric;
  readonly median: number;
  readonly low: number;
  readonly high: number;
  /** Median of the ratios to the baseline of the same round; undefined without a baseline. */
  readonly ratio?: number | undefined;
  /** How far noise alone may have moved the ratio, as a factor over 1, either way; undefined without a control. */
  readonly band?: number | undefined;
  /** Whether the ratio is within the band of 1. */
  readonly verdict?: 'equal' | 'less' | 'more' | undefined;
  readonly runs: number;
  readonly voids: number;
  /** Of the runs, those that the generator limited. */
  readonly limited: number;
}

export function readResult(file: string): Result {
  const result = JSON.parse(readFileSync(file, 'utf8')) as Partial<Result>;
  if (result.version !== resultVersion) {
    throw new Error(`${file}: expected a result of version ${resultVersion}, got ${result.version}`);
  }
  return result as Result;
}
