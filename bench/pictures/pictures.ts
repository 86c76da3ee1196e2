/** All pictures, in the order of the report: what each takes from the result, and how to read it. */
import * as Plot from '@observablehq/plot';
import { connectionsOf, type LoadPlan } from '../load/plan.js';
import type { Result } from '../run/result.js';
import { median } from '../run/summary.js';
import { lineChart, type Point } from './line-chart.js';
import { rowChart } from './row-chart.js';
import { cellsOf, percentilesOf, pointsOver, rowsOf, runsOf } from './select.js';
import { timeline } from './timeline.js';
import { binaryBytes, bytes, digits, micros, short } from './units.js';

export interface Picture {
  /** Of its file, and of its place in the report. */
  readonly name: string;
  readonly howToRead: string;
  /** Undefined where the result has nothing to show. */
  readonly draw: (result: Result) => string | undefined;
}

const sameRate = '5 000 messages of 64 B a second in all, over any number of connections.';
const floods = '20 clients send as much as the server accepts and read nothing.';
const dots = 'Small dot: half were faster (p50); large dot and figure: 99\u00a0% (p99)';
const latency = { label: 'latency in ms, since a message was due', format: (us: number) => digits(us / 1_000) };
const p99 = { label: 'latency, p99', format: micros };
const memory = { label: 'memory of the server', format: bytes };
const connections = { label: 'connections', type: 'log', format: short } as const;
const rateOf = (plan: LoadPlan) => (plan.kind === 'open' ? plan.ratePerSecond : Number.NaN);

export const pictures: readonly Picture[] = [
  {
    name: 'timeline',
    howToRead:
      'A server that handles one client after another makes the last client wait for all the others. A thread for each client ends that. So does an event loop, without the threads.',
    draw: timeline,
  },
  {
    name: 'storm',
    howToRead:
      'The dashed lines are the ideal and the time of a server that handles one client after another. A server on the lower line serves all clients at once. What lies above it at 10 000 clients is the time that accepting and answering them takes.',
    draw: storm,
  },
  {
    name: 'cpu',
    howToRead:
      'The first figure to look at, because a busy machine distorts it least. Small dots are Node’s bare net, at ×1: a large dot to the left of it takes less. Figures are the time itself.',
    draw: (result) =>
      rowChart({
        title: 'CPU a message, by its size',
        subtitle: 'All threads and child processes of the server, in user mode and in the kernel. Less is better.',
        label: 'CPU time for a message, as a multiple of net',
        format: (ratio) => `×${ratio}`,
        rows: rowsOf(result, 'throughput', 'cpuUs').flatMap(({ cell, peer, ratio, median }) => {
          const panel = binaryBytes(Number.parseInt(cell, 10));
          return ratio === undefined ? [] : [{ panel, peer, values: [1, ratio], figure: micros(median) }];
        }),
      }),
  },
  {
    name: 'latency',
    howToRead:
      'Latency counts from the time when a message was due, so a stall costs all messages that were due in it. The longer the row, the less predictable the server.',
    draw: (result) =>
      rowChart({
        title: 'Latency at a fixed rate',
        subtitle: `100 connections, 64 B. ${dots}; ring: 99.9\u00a0%.`,
        ...latency,
        rows: percentilesOf(result, 'latency', (plan) => `${digits(rateOf(plan))} a second`),
      }),
  },
  {
    name: 'p99-by-rate',
    howToRead: 'A line that turns upwards belongs to a server that comes near its limit.',
    draw: (result) =>
      lineChart({
        title: 'Latency (p99), by rate',
        subtitle: '100 connections, 64 B. 99\u00a0% of the replies came within this time (p99). Lower is better.',
        x: { label: 'messages a second', type: 'log', format: short },
        y: p99,
        points: pointsOver(result, 'latency', 'p99Us', rateOf),
      }),
  },
  {
    name: 'memory',
    howToRead:
      'A line starts at what the runtime itself takes; the figure is what one more connection costs. The axis is logarithmic: the same distance is the same factor.',
    draw: (result) =>
      lineChart({
        title: 'Memory of waiting connections',
        subtitle:
          'Each client has sent 64 B. Figures: the slope, for one more connection, without the kernel’s memory. Lower is better.',
        x: { ...connections, type: 'linear' },
        y: memory,
        points: waitingMemory(result),
      }),
  },
  {
    name: 'slow-readers-memory',
    howToRead:
      'A client that does not read must be made to wait. RxJS alone cannot do that, and buffers until memory runs out. With backpressure a line stays level.',
    draw: (result) =>
      lineChart({
        title: 'Slow readers: memory',
        subtitle: `${floods} A level line has backpressure; a rising one buffers without limit. Figures: the last value.`,
        x: { label: 'seconds', type: 'linear', format: String },
        y: memory,
        points: runsOf(result, 'slow-readers')
          .filter(({ round }) => round === 0)
          .flatMap(({ peer, memory = [] }) => memory.map(([ms, value]) => ({ peer, x: ms / 1_000, y: value }))),
      }),
  },
  {
    name: 'slow-readers-latency',
    howToRead: 'The same run, seen by the clients that do read: a flood without backpressure costs them latency.',
    draw: (result) =>
      rowChart({
        title: 'Slow readers: latency of the other clients',
        subtitle: `${floods} 100 others send 2 000 messages a second. ${dots}.`,
        ...latency,
        rows: percentilesOf(result, 'slow-readers', () => ''),
      }),
  },
  {
    name: 'scaling-cpu',
    howToRead: 'A server with a level line serves 10 000 connections at the price of one.',
    draw: (result) =>
      lineChart({
        title: 'CPU a message, by connections',
        subtitle: `${sameRate} Lower is better.`,
        x: connections,
        y: { label: 'CPU time for a message', format: micros },
        points: pointsOver(result, 'scaling', 'cpuUs', connectionsOf),
      }),
  },
  {
    name: 'scaling-latency',
    howToRead: 'The same runs, by how long the slowest hundredth of the messages waited.',
    draw: (result) =>
      lineChart({
        title: 'Latency (p99), by connections',
        subtitle: `${sameRate} 99\u00a0% of the replies came within this time (p99). Lower is better.`,
        x: connections,
        y: p99,
        points: pointsOver(result, 'scaling', 'p99Us', connectionsOf),
      }),
  },
];

/** Between the two bounds: all clients at once, and one after another. */
function storm(result: Result): string | undefined {
  const delayUs = (result.scenarios.find(({ name }) => name === 'storm')?.delayMs ?? 0) * 1_000;
  const clients = cellsOf(result, 'storm').map(({ plan }) => connectionsOf(plan));
  const sequential = clients.map((count) => [count, count * delayUs] as const);
  const ideal = clients.map((count) => [count, delayUs] as const);
  const bound = { stroke: 'var(--muted)', strokeWidth: 2, strokeDasharray: '6 4' };
  return lineChart({
    title: 'The storm: N clients at once',
    subtitle: `Each waits ${micros(delayUs)}; the time until the last reply. Dashed: the ideal, and ${micros(delayUs)} × N. Lower is better.`,
    x: { label: 'clients', type: 'log', format: short },
    y: { label: 'last reply', format: micros, ticks: [delayUs, ...sequential.map(([, time]) => time)] },
    points: pointsOver(result, 'storm', 'lastReplyMs', connectionsOf).map((point) => ({
      ...point,
      y: point.y * 1_000,
    })),
    marks: [
      Plot.line(sequential, bound),
      Plot.line(ideal, bound),
      Plot.text(sequential.slice(-1), {
        text: ['one after\nanother'],
        fill: 'var(--muted)',
        textAnchor: 'end',
        dx: -50,
      }),
      Plot.text(ideal.slice(0, 1), { text: ['ideal'], fill: 'var(--muted)', textAnchor: 'start', dx: 4, dy: 12 }),
    ],
  });
}

/** The median of the rounds at each number of connections, with the slope as the figure. */
function waitingMemory(result: Result): Point[] {
  const cell = cellsOf(result, 'memory').at(-1);
  const plan = cell?.plan;
  if (plan?.kind !== 'waiting') return [];
  const runs = runsOf(result, 'memory').filter((run) => run.cell === cell?.name);
  const slopes = rowsOf(result, 'memory', 'bytesPerConnection').filter((row) => row.cell === cell?.name);
  return slopes.flatMap(({ peer, median: slope }) => {
    const readings = runs.filter((run) => run.peer === peer).flatMap(({ memory = [] }) => memory);
    return plan.steps.flatMap((x) => {
      const values = readings.filter(([connections]) => connections === x).map(([, value]) => value);
      return values.length === 0 ? [] : [{ peer, x, y: median(values), figure: bytes(slope) }];
    });
  });
}
