/** What is measured, as data: each scenario is a question, its cells the points at which it is asked. */
import type { LoadPlan, Target } from './load/plan.js';

/** What a run yields. Less is better, except for `perSecond`. */
export type Metric =
  | 'cpuUs' // of the server, all processes and threads, for a message (or a connection opened and closed)
  | 'perSecond' // messages, or connections
  | 'p50Us'
  | 'p99Us'
  | 'p999Us'
  | 'latenessUs' // of the generator in sending, at the 99th percentile; part of the latencies
  | 'lastReplyMs'
  | 'bytesPerConnection' // slope of the server's memory over waiting connections
  | 'memoryMb'; // the highest value seen

/**
 * What a server does: `echo` answers each read, `framed` each frame, `whole` is `echo` with as few copies as it can, `proxy` passes on,
 * `compute` sends each read back after 100 000 multiplications.
 */
export type Job = 'echo' | 'framed' | 'whole' | 'proxy' | 'compute';

export const replies: Readonly<Record<Job, Target['reply']>> = {
  echo: 'text',
  framed: 'raw',
  whole: 'text',
  proxy: 'raw',
  compute: 'raw',
};

export interface Cell {
  readonly name: string;
  readonly plan: LoadPlan;
  /** In the quick run, too; or there alone, in place of a longer one. */
  readonly quick?: boolean | 'only';
}

export interface Scenario {
  readonly name: string;
  readonly title: string;
  readonly job: Job;
  readonly delayMs: number;
  readonly maxChunkBytes: number;
  /** Ratios and verdicts are of the first one. */
  readonly metrics: readonly [Metric, ...Metric[]];
  readonly maxRounds?: number;
  readonly cells: readonly Cell[];
}

/** Percentiles need many messages. */
const timed = { warmupMs: 500, durationMs: 1_500 };
/** Means of some 100 000 messages need less time. */
const brief = { warmupMs: 400, durationMs: 1_200 };
const echo = { job: 'echo', delayMs: 0, maxChunkBytes: 65_536, metrics: ['cpuUs', 'perSecond', 'p99Us'] } as const;
const closed = { kind: 'closed', connections: 100, inFlight: 1, messageBytes: 64, ...brief } as const;
const open = { kind: 'open', connections: 100, ratePerSecond: 5_000, messageBytes: 64, ...timed } as const;

export const scenarios: readonly Scenario[] = [
  {
    name: 'throughput',
    title: '100 connections, one message in flight on each, by message size',
    ...echo,
    cells: [64, 16_384, 65_536].map((messageBytes) => ({
      name: `${messageBytes} B`,
      plan: { ...closed, messageBytes },
      quick: messageBytes === 64,
    })),
  },
  {
    name: 'crowd',
    title: '1 000 connections, one message of 1 000 B in flight on each',
    ...echo,
    cells: [{ name: '1 000 conns', plan: { ...closed, connections: 1_000, messageBytes: 1_000 } }],
  },
  {
    name: 'pipelined',
    title: '100 connections, bursts of 16 messages of 64 B; a server may answer a burst as one read',
    ...echo,
    cells: [{ name: '16 deep', plan: { ...closed, inFlight: 16 }, quick: true }],
  },
  {
    name: 'splitting',
    title: '10 connections, messages of 64 KiB, each answered in chunks of 1 024 B',
    ...echo,
    maxChunkBytes: 1_024,
    cells: [{ name: '64 KiB', plan: { ...closed, connections: 10, messageBytes: 65_536 }, quick: true }],
  },
  {
    name: 'framed',
    title: '100 connections, bursts of 16 requests of 64 B in one write; a reply for each request',
    ...echo,
    job: 'framed',
    cells: [{ name: '16 a read', plan: { ...closed, inFlight: 16, inBursts: true }, quick: true }],
  },
  {
    name: 'whole',
    title: '10 connections, messages of 64 KiB, each read answered with a prefix, the data and a suffix',
    ...echo,
    job: 'whole',
    cells: [{ name: '64 KiB', plan: { ...closed, connections: 10, messageBytes: 65_536 } }],
  },
  {
    name: 'proxy',
    title:
      '4 connections through a proxy to a server that sends as much as is taken; a message is 1 000 B, CPU ns a byte',
    ...echo,
    job: 'proxy',
    metrics: ['cpuUs', 'perSecond', 'memoryMb'],
    cells: [{ name: 'flood', plan: { kind: 'download', connections: 4, ...brief }, quick: true }],
  },
  {
    name: 'accept-close',
    title: 'connections that open and close without a message, 50 at once',
    ...echo,
    metrics: ['cpuUs', 'perSecond'],
    cells: [{ name: '50 at once', plan: { kind: 'churn', connections: 50, ...brief }, quick: true }],
  },
  {
    name: 'memory',
    title: 'memory for each connection that has sent 64 B and waits',
    ...echo,
    delayMs: 600_000, // longer than any run: no connection is answered
    metrics: ['bytesPerConnection', 'memoryMb'],
    cells: [
      // With fewer connections the slope is that of a heap between two collections: 6 to 14 kB for one server.
      { name: 'to 4 000', plan: { kind: 'waiting', steps: [1_000, 4_000] }, quick: 'only' },
      { name: 'to 10 000', plan: { kind: 'waiting', steps: [1_000, 5_000, 10_000] } },
    ],
  },
  {
    name: 'latency',
    title: '100 connections, 64 B, at a fixed rate; from the time when a message was due',
    ...echo,
    metrics: ['p99Us', 'p50Us', 'p999Us', 'latenessUs', 'cpuUs'],
    cells: [1_000, 5_000, 20_000].map((ratePerSecond) => ({
      name: `${ratePerSecond} /s`,
      plan: { ...open, ratePerSecond },
      quick: ratePerSecond === 5_000,
    })),
  },
  {
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
  },
  {
    name: 'slow-readers',
    title: '20 clients send as much as the server accepts and read nothing; 100 others send 2 000 messages a second',
    ...echo,
    metrics: ['p99Us', 'p50Us', 'latenessUs', 'memoryMb'],
    maxRounds: 2,
    cells: [{ name: '20 of 120', plan: { ...open, ratePerSecond: 2_000, slowReaders: 20 } }],
  },
  {
    name: 'scaling',
    title: '5 000 messages of 64 B a second over more and more connections',
    ...echo,
    metrics: ['cpuUs', 'p99Us'],
    maxRounds: 2,
    cells: [1, 10, 100, 10_000].map((connections) => ({
      name: `${connections} conns`,
      plan: { ...open, connections },
    })),
  },
];
