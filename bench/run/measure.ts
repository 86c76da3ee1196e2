/** One run: one peer, one cell. Starts the server, loads it, reads what it used, and decides whether the run counts. */
import { type LoadPlan, type LoadReport, limitedAtCpu } from '../load/plan.js';
import type { Peer } from '../peers.js';
import { replies, type Scenario } from '../scenarios.js';
import { generate, startUpstream } from './generator-process.js';
import { type Place, planMs } from './matrix.js';
import { type CpuReading, cpuBetween, readCpu, readMemory } from './process-group.js';
import type { Readings, Run } from './result.js';
import { startServer } from './server-process.js';

/** What starting, connecting and ending may take beyond the expected time. */
const slackMs = 30_000;
const memoryEveryMs = 250;

export async function measure({ scenario, cell, peer, round }: Place): Promise<Run> {
  const run = { scenario: scenario.name, cell: cell.name, peer: peer.name, round };
  try {
    return { ...run, ...(await attempt(scenario, cell.plan, peer)) };
  } catch (error) {
    return { ...run, generatorLimited: false, figures: {}, void: (error as Error).message };
  }
}

async function attempt(scenario: Scenario, plan: LoadPlan, peer: Peer): Promise<Omit<Run, keyof Place>> {
  const upstream = scenario.job === 'proxy' ? await startUpstream() : undefined;
  const server = await startServer(peer, { ...scenario, upstreamPort: upstream?.port });
  const readings: CpuReading[] = [];
  const memory: [number, number][] = [];
  let sampler: NodeJS.Timeout | undefined;
  const sample = (at: number) => memory.push([at, readMemory(server.pid)]);
  try {
    const startMs = performance.now();
    if (scenario.metrics.includes('memoryMb') && plan.kind !== 'waiting') {
      sampler = setInterval(() => sample(Math.round(performance.now() - startMs)), memoryEveryMs);
    }
    const order = { plan, target: { host: '127.0.0.1', port: server.port, reply: replies[scenario.job] } };
    const report = await generate(order, planMs(plan, scenario.delayMs) + slackMs, (mark, waiting) => {
      if (mark === 'step') sample(waiting ?? 0);
      else readings.push(readCpu(server.pid));
    });
    const died = server.died();
    if (died !== undefined) throw new Error(`The server died: ${died}`);
    const [before, after] = readings;
    const cpu = before && after && cpuBetween(before, after);
    const generatorLimited = report.generatorCpu >= limitedAtCpu;
    const figures = figuresOf(plan, report, memory, cpu);
    return { figures, generatorLimited, void: faultOf(plan, report, generatorLimited, cpu), report, memory };
  } finally {
    clearInterval(sampler);
    await server.stop();
    upstream?.stop();
  }
}

/** If the generator limits a closed loop, the server's CPU for a message still holds; of an open loop nothing does. */
function faultOf(plan: LoadPlan, report: LoadReport, generatorLimited: boolean, cpu?: number): string | undefined {
  if (report.faults > 0) return `${report.faults} faults, first: ${report.firstFault}`;
  if (plan.kind === 'storm' && report.unanswered > 0) return `${report.unanswered} clients were not answered`;
  if (plan.kind === 'open' && generatorLimited) return 'the generator was the limit';
  if (plan.kind !== 'waiting' && report.messages === 0) return 'nothing was answered';
  if (cpu === 0) return 'its CPU was too little to count';
  return undefined;
}

function figuresOf(plan: LoadPlan, report: LoadReport, memory: Readings, cpu = Number.NaN): Run['figures'] {
  const { messages, seconds, latencyUs, latenessUs, lastReplyMs } = report;
  return {
    cpuUs: finite((cpu * 1e6) / messages),
    perSecond: finite(messages / seconds),
    p50Us: latencyUs?.p50,
    p99Us: latencyUs?.p99,
    p999Us: latencyUs?.p999,
    latenessUs,
    lastReplyMs,
    memoryMb: finite(Math.max(...memory.map(([, bytes]) => bytes)) / 1e6),
    bytesPerConnection: plan.kind === 'waiting' ? finite(slope(memory)) : undefined,
  };
}

function finite(value: number): number | undefined {
  return Number.isFinite(value) ? value : undefined;
}

/** By least squares. */
function slope(points: Readings): number {
  const meanX = points.reduce((sum, [x]) => sum + x, 0) / points.length;
  const meanY = points.reduce((sum, [, y]) => sum + y, 0) / points.length;
  const above = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0);
  return above / points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
}
