/** What is measured, as data: each scenario is a question, its cells the points at which it is asked. */
import type { LoadPlan, ReplyFormat } from './load/plan.js';

/** What a run yields. The smaller the better, except for `perSecond`. */
export type Metric =
  | 'cpuUs' // of the server, all processes and threads, for a message (or a connection opened and closed)
  | 'perSecond' // messages, or connections
  | 'p50Us'
  | 'p99Us'
  | 'p999Us'
  | 'latenessUs' // of the generator in sending, at the 99th percentile; part of the latencies
  | 'lastReplyMs'
  | 'bytesPerConnection' // slope of the server's memory over waiting connections
  | 'memoryMb'; // the most that was seen

export interface Cell {
  readonly name: string;
  readonly plan: LoadPlan;
  /** In the quick run, too; or there alone, for one that takes the place of a longer one. */
  readonly quick?: boolean | 'only';
  /** Instead of the scenario's. */
  readonly maxRounds?: number;
}

export interface Scenario {
  readonly name: string;
  readonly title: string;
  readonly reply: ReplyFormat;
  readonly delayMs: number;
  readonly maxChunkBytes: number;
  /** The one that the ratios and verdicts are of comes first. */
  readonly metrics: readonly [Metric, ...Metric[]];
  readonly maxRounds?: number;
  readonly cells: readonly Cell[];
}

/** Percentiles need the messages. */
const timed = { warmupMs: 500, durationMs: 1_500 };
/** Means of some 100 000 messages do not. */
const soonKnown = { warmupMs: 400, durationMs: 1_200 };
const echo = { reply: 'text', delayMs: 0, maxChunkBytes: 65_536 } as const;
/** Longer than any run: nobody is answered. */
const waits = { ...echo, delayMs: 600_000 };

const throughput: Scenario = {
  name: 'throughput',
  title: '100 connections, one message in flight on each, by message size',
  ...echo,
  metrics: ['cpuUs', 'perSecond', 'p99Us'],
  cells: [64, 16_384, 65_536].map((messageBytes) => ({
    name: `${messageBytes} B`,
    plan: { kind: 'closed', connections: 100, inFlight: 1, messageBytes, ...soonKnown },
    quick: messageBytes === 64,
  })),
};

const crowd: Scenario = {
  name: 'crowd',
  title: '1 000 connections, one message of 1 000 B in flight on each',
  ...echo,
  metrics: ['cpuUs', 'perSecond', 'p99Us'],
  cells: [
    {
      name: '1 000 conns',
      plan: { kind: 'closed', connections: 1_000, inFlight: 1, messageBytes: 1_000, ...soonKnown },
    },
  ],
};

const pipelined: Scenario = {
  name: 'pipelined',
  title: '100 connections, bursts of 16 messages of 64 B; a server may answer a burst as one read',
  ...echo,
  metrics: ['cpuUs', 'perSecond', 'p99Us'],
  cells: [
    {
      name: '16 deep',
      plan: { kind: 'closed', connections: 100, inFlight: 16, messageBytes: 64, ...soonKnown },
      quick: true,
    },
  ],
};

const splitting: Scenario = {
  name: 'splitting',
  title: '10 connections, messages of 64 KiB, each answered in chunks of 1 024 B',
  ...echo,
  maxChunkBytes: 1_024,
  metrics: ['cpuUs', 'perSecond', 'p99Us'],
  cells: [
    {
      name: '64 KiB',
      plan: { kind: 'closed', connections: 10, inFlight: 1, messageBytes: 65_536, ...soonKnown },
      quick: true,
    },
  ],
};

const acceptClose: Scenario = {
  name: 'accept-close',
  title: 'connections that open and close, 50 at once, saying nothing',
  ...echo,
  metrics: ['cpuUs', 'perSecond'],
  cells: [{ name: '50 at once', plan: { kind: 'churn', concurrency: 50, ...soonKnown }, quick: true }],
};

const memory: Scenario = {
  name: 'memory',
  title: 'memory for each connection that has said 64 B and waits',
  ...waits,
  metrics: ['bytesPerConnection', 'memoryMb'],
  cells: [
    // To fewer than these the slope is that of a heap between two collections: 6 to 14 kB for one server.
    { name: 'to 4 000', plan: { kind: 'waiting', steps: [1_000, 4_000] }, quick: 'only' },
    { name: 'to 10 000', plan: { kind: 'waiting', steps: [1_000, 5_000, 10_000] } },
  ],
};

const latency: Scenario = {
  name: 'latency',
  title: '100 connections, 64 B, at a fixed rate; from the instant a message was due',
  ...echo,
  metrics: ['p99Us', 'p50Us', 'p999Us', 'latenessUs', 'cpuUs'],
  cells: [1_000, 5_000, 20_000].map((ratePerSecond) => ({
    name: `${ratePerSecond} /s`,
    plan: { kind: 'open', connections: 100, ratePerSecond, messageBytes: 64, ...timed },
    quick: ratePerSecond === 5_000,
  })),
};

const storm: Scenario = {
  name: 'storm',
  title: 'N clients at once, each waits 5 s; ideally all are answered after 5 s, one after another after 5 N s',
  ...echo,
  delayMs: 5_000,
  metrics: ['lastReplyMs'],
  maxRounds: 1,
  cells: [10, 100, 1_000, 10_000].map((connections) => ({
    name: `${connections} clients`,
    plan: { kind: 'storm', connections, timeoutMs: 15_000 },
  })),
};

const slowReaders: Scenario = {
  name: 'slow-readers',
  title: '20 clients send all they can and read nothing; 100 others at 2 000 messages a second',
  ...echo,
  metrics: ['p99Us', 'p50Us', 'latenessUs', 'memoryMb'],
  maxRounds: 2,
  cells: [
    {
      name: '20 of 120',
      plan: { kind: 'open', connections: 100, ratePerSecond: 2_000, messageBytes: 64, slowReaders: 20, ...timed },
    },
  ],
};

const scaling: Scenario = {
  name: 'scaling',
  title: '5 000 messages of 64 B a second over more and more connections',
  ...echo,
  metrics: ['cpuUs', 'p99Us'],
  maxRounds: 2,
  cells: [1, 10, 100, 10_000].map((connections) => ({
    name: `${connections} conns`,
    plan: { kind: 'open', connections, ratePerSecond: 5_000, messageBytes: 64, ...timed },
  })),
};

export const scenarios: readonly Scenario[] = [
  throughput,
  crowd,
  pipelined,
  splitting,
  acceptClose,
  memory,
  latency,
  storm,
  slowReaders,
  scaling,
];

/** How many connections a plan holds open at most. */
export function connectionsOf(plan: LoadPlan): number {
  switch (plan.kind) {
    case 'closed':
    case 'storm':
      return plan.connections;
    case 'open':
      return plan.connections + (plan.slowReaders ?? 0);
    case 'waiting':
      return Math.max(...plan.steps);
    case 'churn':
      return plan.concurrency;
  }
}
