/** What a load generator is told to do, and what it reports. */

/** The server, and how it replies: `text` is `Echo=>DATA at TIME`, `raw` is DATA alone. */
export interface Target {
  readonly host: string;
  readonly port: number;
  readonly reply: 'text' | 'raw';
  /** The address to connect from. Default: as the kernel has it. */
  readonly localAddress?: string;
}

interface Timed {
  readonly connections: number;
  /** Not counted: connections settle, code is compiled, caches fill. */
  readonly warmupMs: number;
  readonly durationMs: number;
}

/** Each connection keeps `inFlight` messages in flight: a reply sends the next message. */
export interface ClosedPlan extends Timed {
  readonly kind: 'closed';
  readonly inFlight: number;
  /** Sends no message before all that are in flight are answered, and then as many in one write. */
  readonly inBursts?: boolean;
  readonly messageBytes: number;
}

/** Messages are due at a fixed rate, in turn over the connections, whether or not earlier ones were answered. */
export interface OpenPlan extends Timed {
  readonly kind: 'open';
  readonly ratePerSecond: number;
  readonly messageBytes: number;
  /** As many further connections send all that the server accepts and read nothing. Default 0. */
  readonly slowReaders?: number;
}

/** Each connection connects, ends its side, waits for the server's FIN, and starts again. */
export interface ChurnPlan extends Timed {
  readonly kind: 'churn';
}

/** Each connection receives what the server behind a proxy sends, as fast as it comes. */
export interface DownloadPlan extends Timed {
  readonly kind: 'download';
}

/** All clients connect at once and send one message. */
export interface StormPlan {
  readonly kind: 'storm';
  readonly connections: number;
  readonly timeoutMs: number;
}

/** Connections that have sent one message and wait. At each number of `steps` the runner reads the server's memory. */
export interface WaitingPlan {
  readonly kind: 'waiting';
  readonly steps: readonly number[];
}

export type LoadPlan = ClosedPlan | OpenPlan | ChurnPlan | DownloadPlan | StormPlan | WaitingPlan;

/** How many connections a plan holds open at most. */
export function connectionsOf(plan: LoadPlan): number {
  if (plan.kind === 'waiting') return Math.max(...plan.steps);
  return plan.connections + (plan.kind === 'open' ? (plan.slowReaders ?? 0) : 0);
}

export interface LoadReport {
  /** Counted time: between the marks, after the warm-up. */
  readonly seconds: number;
  /** Answered in that time; for `churn`, connections opened and closed; for `download`, 1 000 bytes each. */
  readonly messages: number;
  /** The generator's own CPU in that time, in cores, without the turns of its loop in which it found nothing to do. */
  readonly generatorCpu: number;
  /** From sending (`closed`, `storm`) or from the time when a message was due (`open`) to the end of its reply. */
  readonly latencyUs?: Readonly<Record<'p50' | 'p90' | 'p99' | 'p999' | 'max', number>>;
  /** How late the generator itself sent, at the 99th percentile. Part of the latencies above. */
  readonly latenessUs?: number;
  /** Sent in the counted time and not answered when the generator gave up; `open` counts them as that late. */
  readonly unanswered: number;
  /** Wrong replies, refused or lost connections: any makes the run void. */
  readonly faults: number;
  readonly firstFault?: string;
  /** `storm`: from the first connect to the last reply, and for up to 100 clients `[connected, answered]` in ms. */
  readonly lastReplyMs?: number;
  readonly timeline?: readonly (readonly [number, number])[];
}

/** At this `generatorCpu` the rate is the generator's own. */
export const limitedAtCpu = 0.9;

/** `measuring` and `measured` enclose the counted time; `step`: so many connections wait. Resolves when it is noted. */
export type Mark = (name: 'measuring' | 'measured' | 'step', waiting?: number) => Promise<void>;
