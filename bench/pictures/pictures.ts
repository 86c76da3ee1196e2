/** All pictures, in the order of the report, each with how to read it. */
import type { Result } from '../run/result.js';
import { cpu } from './cpu.js';
import { p99ByRate, percentiles } from './latency.js';
import { memory } from './memory.js';
import { scalingCpu, scalingLatency } from './scaling.js';
import { slowReadersLatency, slowReadersMemory } from './slow-readers.js';
import { storm } from './storm.js';
import { timeline } from './timeline.js';

export interface Picture {
  /** Of its file, and of its place in the report. */
  readonly name: string;
  readonly howToRead: string;
  /** Undefined where the result has nothing to show. */
  readonly draw: (result: Result, width: number) => string | undefined;
}

export const pictures: readonly Picture[] = [
  {
    name: 'timeline',
    howToRead:
      'A server that handles one client after another makes the last one wait for all the others. A thread for each client ends that, and so does an event loop, without the threads.',
    draw: timeline,
  },
  {
    name: 'storm',
    howToRead:
      'The dashed lines are what is possible and what the threads were invented against. Whoever stays on the lower one serves all at once; what lies above it at 10 000 clients is the time that accepting and answering them takes.',
    draw: storm,
  },
  {
    name: 'cpu',
    howToRead:
      'The first figure to look at, as a busy machine spoils it least. The dashed line is Node’s bare net: what is left of it takes less. Figures are the time itself.',
    draw: cpu,
  },
  {
    name: 'latency',
    howToRead:
      'Latency counts from when a message was due, so a stall costs all messages that were due in it. The longer the row, the less a server can be relied on.',
    draw: percentiles,
  },
  {
    name: 'p99-by-rate',
    howToRead: 'A line that turns upwards belongs to a server that comes near its limit.',
    draw: p99ByRate,
  },
  {
    name: 'memory',
    howToRead:
      'Where a line starts is mostly what the runtime takes by itself; the figure is what one more connection costs. The axis is logarithmic: the same distance is the same factor.',
    draw: memory,
  },
  {
    name: 'slow-readers-memory',
    howToRead:
      'Whoever does not read must be made to wait: RxJS alone cannot, and buffers until memory ends. Backpressure keeps a line level.',
    draw: slowReadersMemory,
  },
  {
    name: 'slow-readers-latency',
    howToRead: 'The same run, seen by those who behave: a flood that is not held back reaches them as latency.',
    draw: slowReadersLatency,
  },
  {
    name: 'scaling-cpu',
    howToRead: 'A level line serves 10 000 connections at the price of one.',
    draw: scalingCpu,
  },
  {
    name: 'scaling-latency',
    howToRead: 'The same runs, by what the slowest hundredth of the messages waited.',
    draw: scalingLatency,
  },
];
