/** What metrics cost the command, in processor time a message, scraped once a second: beside a server without them, and one more. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { get } from 'node:http';
import type { Readable } from 'node:stream';
import type { LoadPlan } from './load/plan.js';
import { generate } from './run/generator-process.js';
import { pinned } from './run/pinning.js';
import { type CpuReading, cpuBetween, readCpu } from './run/process-group.js';
import { median } from './run/summary.js';

const rounds = 60;
const scrapeEveryMs = 1_000;
const timed = { warmupMs: 150, durationMs: 400 };
const plans: Record<string, LoadPlan> = {
  'a message of 64 B, 100 connections': { kind: 'closed', connections: 100, inFlight: 1, messageBytes: 64, ...timed },
  'a connection that opens and closes': { kind: 'churn', connections: 50, ...timed },
};

/** In each round the server with metrics is measured between the two without; the difference of those two is noise. */
const servers = { off: [], on: ['--metrics', '127.0.0.1:0'], 'off again': [] };

interface Server {
  readonly name: string;
  readonly process: ChildProcessByStdio<null, Readable, null>;
  readonly port: number;
  readonly costs: number[];
}

async function start(name: string, flags: readonly string[]): Promise<Server> {
  const command = ['--max-semi-space-size=4', 'dist/app/main.js', 'serve', '--quiet', '--delay', '0', '--port', '0'];
  const stdio = ['ignore', 'pipe', 'inherit'] as const;
  const [file = '', ...args] = pinned([process.execPath, ...command, ...flags], 'serverCore');
  const child = spawn(file, args, { detached: true, stdio: [...stdio] });
  process.once('exit', () => child.kill());
  let printed = '';
  for await (const chunk of child.stdout) {
    printed += chunk;
    if (printed.includes('\n')) break;
  }
  const [port, metrics] = [/listening on \S+?:(\d+)/, /metrics \S+?:(\d+)/].map(
    (address) => address.exec(printed)?.[1],
  );
  if (metrics !== undefined) setInterval(() => scrape(Number(metrics)), scrapeEveryMs).unref();
  return { name, process: child as Server['process'], port: Number(port), costs: [] };
}

function scrape(port: number): void {
  get({ port, host: '127.0.0.1', path: '/metrics' }, (response) => response.resume()).on('error', () => {});
}

async function costOf({ process: { pid = 0 }, port }: Server, plan: LoadPlan): Promise<number> {
  const readings: CpuReading[] = [];
  const order = { plan, target: { host: '127.0.0.1', port, reply: 'text' as const } };
  const { messages, faults, firstFault } = await generate(order, 30_000, () => readings.push(readCpu(pid)));
  const [before, after] = readings;
  if (faults > 0 || before === undefined || after === undefined) throw new Error(`${faults} faults: ${firstFault}`);
  return (cpuBetween(before, after) * 1e6) / messages;
}

const running = await Promise.all(Object.entries(servers).map(([name, flags]) => start(name, flags)));
process.stdout.write(`node ${process.versions.node}, ${rounds} rounds in turn, scraped every ${scrapeEveryMs} ms\n`);
for (const [job, plan] of Object.entries(plans)) {
  for (const server of running) server.costs.length = 0;
  for (let round = 0; round <= rounds; round += 1) {
    for (const server of round % 2 === 0 ? running : running.toReversed()) {
      const cost = await costOf(server, plan);
      if (round > 0) server.costs.push(cost); // the first round compiles the code
    }
  }
  process.stdout.write(`\n${job}, µs\n`);
  for (const { name, costs } of running) process.stdout.write(`${name}: median ${median(costs).toFixed(2)}\n`);
  const [off = [], on = [], again = []] = running.map(({ costs }) => costs);
  const ratios = on.map((cost, round) => cost / Math.sqrt((off[round] ?? 0) * (again[round] ?? 0)));
  const noise = again.map((cost, round) => cost / (off[round] ?? Number.NaN));
  process.stdout.write(
    `on to off, median of rounds: ${median(ratios).toFixed(3)}; off again to off: ${median(noise).toFixed(3)}\n`,
  );
}
for (const server of running) server.process.kill();
