/** What metrics cost the command, in processor time a message, scraped once a second: beside a server without them, and one more. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { get } from 'node:http';
import type { Readable } from 'node:stream';
import type { LoadPlan } from './load/plan.js';
import { generate } from './run/generator-process.js';
import { pinned } from './run/pinning.js';
import { type CpuReading, cpuBetween, readCpu } from './run/process-group.js';
import { printRounds } from './run/rounds.js';

const rounds = 60;
const scrapeEveryMs = 1_000;
const timed = { warmupMs: 150, durationMs: 400 };
const plans: Record<string, LoadPlan> = {
  'a message of 64 B, 100 connections': { kind: 'closed', connections: 100, inFlight: 1, messageBytes: 64, ...timed },
  'a connection that opens and closes': { kind: 'churn', connections: 50, ...timed },
};

interface Server {
  readonly process: ChildProcessByStdio<null, Readable, null>;
  readonly port: number;
}

async function start(...flags: string[]): Promise<Server> {
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
  return { process: child as Server['process'], port: Number(port) };
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

const [on, off, again] = await Promise.all([start('--metrics', '127.0.0.1:0'), start(), start()]);
for (const [job, plan] of Object.entries(plans)) {
  await printRounds(rounds, `${job}, µs, scraped every ${scrapeEveryMs} ms`, {
    on: () => costOf(on, plan),
    off: () => costOf(off, plan),
    'off again': () => costOf(again, plan), // differs from the one before by noise
  });
}
for (const server of [on, off, again]) server.process.kill();
