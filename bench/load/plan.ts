/** What a load generator is told to do, and what it reports. */

export interface Target {
  readonly host: string;
  readonly port: number;
}

/** How the server answers: `text` is `Echo=>DATA at TIME`, `raw` is DATA alone. */
export type ReplyFormat = 'text' | 'raw';

interface Timed {
  /** Not counted: connections settle, code is compiled, caches fill. */
  readonly warmupMs: number;
  readonly durationMs: number;
}

/** Each connection keeps `inFlight` messages on their way; an answer sends the next. */
export interface ClosedPlan extends Timed {
  readonly kind: 'closed';
  readonly connections: number;
  readonly inFlight: number;
  readonly messageBytes: number;
}

/** Messages are due at a fixed rate, in turn over the connections, whatever became of the ones before. */
export interface OpenPlan extends Timed {
  readonly kind: 'open';
  readonly connections: number;
  readonly ratePerSecond: number;
  readonly messageBytes: number;
  /** So many connections more send all that the server takes and read nothing. Default 0. */
  readonly slowReaders?: number;
}

/** All connect at once and send one message; how long until each is answered? */
export interface StormPlan {
  readonly kind: 'storm';
  readonly connections: number;
  readonly timeoutMs: number;
}

/** Connections that have sent one message and wait; at each count of `steps` the marks stop, for memory to be read. */
export interface WaitingPlan {
  readonly kind: 'waiting';
  readonly steps: readonly number[];
}

/** Connects, ends, waits for the server's end, and again, so many at once. */
export interface ChurnPlan extends Timed {
  readonly kind: 'churn';
  readonly concurrency: number;
}

export type LoadPlan = ClosedPlan | OpenPlan | StormPlan | WaitingPlan | ChurnPlan;

/** In microseconds. */
export interface Percentiles {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

export interface LoadReport {
  /** Counted time: between the marks, after the warm-up. */
  readonly seconds: number;
  /** Answered in that time; for `churn` connections opened and closed. */
  readonly messages: number;
  readonly bytes: number;
  /** The generator's own, as a part of one core, in that time, without the turns in which it found nothing to do. */
  readonly generatorCpu: number;
  /** From sending (`closed`, `storm`) or from the instant it was due (`open`) to the end of the answer. */
  readonly latencyUs?: Percentiles;
  /** How late the generator itself sent, at the 99th percentile. Part of the latencies above. */
  readonly latenessUs?: number;
  /** Sent in the counted time and not answered when the generator gave up; `open` counts them as that late. */
  readonly unanswered: number;
  /** Wrong answers, connections refused or lost: any makes the run void. */
  readonly faults: number;
  readonly firstFault?: string;
  /** `storm`: from the first connect to the last answer, and for up to 100 clients `[connected, answered]` in ms. */
  readonly lastReplyMs?: number;
  readonly timeline?: readonly (readonly [number, number])[];
}

/** From this `generatorCpu` on, the speed that is seen is the generator's own. */
export const limitedAtCpu = 0.9;

/** `measuring` and `measured` enclose the counted time; `step` says that so many wait. Resolves when it was noted. */
export type Mark = (name: 'measuring' | 'measured' | 'step', waiting?: number) => Promise<void>;
