/** All pictures, in the order of the report: what each takes from the result, and how to read it. */
import type { Result, Summary } from '../run/result.js';
import { type Row, type RowChart, rowChart } from './row-chart.js';
import { memoryOf, percentilesOf, rowsOf } from './rows.js';
import { timeline } from './timeline.js';
import { bytes, digits, micros } from './units.js';

interface Named {
  /** Of its file, and of its place in the report. */
  readonly name: string;
  readonly howToRead: string;
}

export interface Picture extends Named {
  /** Undefined where the result has nothing to show. */
  readonly draw: (result: Result) => string | undefined;
}

const sameRate = '5 000 messages of 64 B a second in all, over any number of connections.';
const floods = '20 clients send as much as the server accepts and read nothing.';
const dots = 'Small dot: half were faster (p50); large dot and figure: 99\u00a0% (p99)';
const latency = { label: 'latency in ms, since a message was due', format: (us: number) => digits(us / 1_000) };
const alone = ({ median }: Summary) => ({ values: [median, median], figure: micros(median) });

const charts: readonly (Named & Omit<RowChart, 'rows'> & { rowsOf(result: Result): Row[] })[] = [
  {
    name: 'storm',
    howToRead:
      'One after another, 10 000 clients would take 14 hours. These servers serve all clients at once: what is left is the time that accepting and answering them takes.',
    title: 'The storm: N clients at once',
    subtitle: 'Each waits 5 s. How much later than that the last one had its reply. Less is better.',
    label: 'time beyond 5 s until the last reply',
    format: micros,
    rowsOf: (result) =>
      rowsOf(result, 'storm', 'lastReplyMs', (row) => alone({ ...row, median: (row.median - 5_000) * 1_000 })),
  },
  {
    name: 'cpu',
    howToRead:
      'The first figure to look at, because a busy machine distorts it least. Small dots are Node’s bare net, at ×1: a large dot to the left of it takes less. Figures are the time itself.',
    title: 'CPU a message, by its size',
    subtitle: 'All threads and child processes of the server, in user mode and in the kernel. Less is better.',
    label: 'CPU time for a message, as a multiple of net',
    format: (ratio) => `×${ratio}`,
    rowsOf: (result) =>
      rowsOf(result, 'throughput', 'cpuUs', (row) => ({ ...alone(row), values: [1, row.ratio ?? Number.NaN] })),
  },
  {
    name: 'latency',
    howToRead:
      'Latency counts from the time when a message was due, so a stall costs all messages that were due in it. The longer the row, the less predictable the server. One that comes near its limit is slower at a higher rate.',
    title: 'Latency at a fixed rate',
    subtitle: `100 connections, 64 B. ${dots}; ring: 99.9\u00a0%.`,
    ...latency,
    rowsOf: (result) => percentilesOf(result, 'latency'),
  },
  {
    name: 'memory',
    howToRead:
      'A row goes from the memory with 1 000 connections to that with the most; the figure is what one more connection costs. The axis is logarithmic: the same distance is the same factor.',
    title: 'Memory of waiting connections',
    subtitle:
      'Each client has sent 64 B. Figures: the slope, for one more connection, without the kernel’s memory. Less is better.',
    label: 'memory of the server',
    format: bytes,
    rowsOf: (result) =>
      rowsOf(result, 'memory', 'bytesPerConnection', (row) => {
        return { values: memoryOf(result, row), figure: bytes(row.median) };
      }),
  },
  {
    name: 'slow-readers-memory',
    howToRead:
      'A client that does not read must be made to wait. RxJS alone cannot do that, and buffers until memory runs out: its row is long. With backpressure a row is short.',
    title: 'Slow readers: memory',
    subtitle: `${floods} Small dot: after a quarter of a second; large dot and figure: at the end.`,
    label: 'memory of the server',
    format: bytes,
    rowsOf: (result) =>
      rowsOf(result, 'slow-readers', 'memoryMb', (row) => {
        const values = memoryOf(result, row);
        return { values, figure: bytes(values[1]) };
      }),
  },
  {
    name: 'slow-readers-latency',
    howToRead: 'The same run, seen by the clients that do read: a flood without backpressure costs them latency.',
    title: 'Slow readers: latency of the other clients',
    subtitle: `${floods} 100 others send 2 000 messages a second. ${dots}.`,
    ...latency,
    rowsOf: (result) => percentilesOf(result, 'slow-readers'),
  },
  {
    name: 'scaling-cpu',
    howToRead: 'A server with the same figure in every column serves 10 000 connections at the price of one.',
    title: 'CPU a message, by connections',
    subtitle: `${sameRate} Less is better.`,
    label: 'CPU time for a message',
    format: micros,
    rowsOf: (result) => rowsOf(result, 'scaling', 'cpuUs', alone),
  },
  {
    name: 'scaling-latency',
    howToRead: 'The same runs, by how long the slowest hundredth of the messages waited.',
    title: 'Latency (p99), by connections',
    subtitle: `${sameRate} 99\u00a0% of the replies came within this time (p99). Less is better.`,
    label: 'latency, p99',
    format: micros,
    rowsOf: (result) => rowsOf(result, 'scaling', 'p99Us', alone),
  },
];

export const pictures: readonly Picture[] = [
  {
    name: 'timeline',
    howToRead:
      'A server that handles one client after another makes the last client wait for all the others. A thread for each client ends that. So does an event loop, without the threads.',
    draw: timeline,
  },
  ...charts.map((chart) => ({
    ...chart,
    draw: (result: Result) => rowChart({ ...chart, rows: chart.rowsOf(result) }),
  })),
];
