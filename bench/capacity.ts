/** How many connections a machine holds: servers with a delay of 5 s, clients that stay, and the memory that a connection takes. */
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { get } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Held } from './load/hold.js';
import { environmentLine, watchEnvironment } from './run/environment.js';
import { cacheFolder } from './run/paths.js';
import { readMemory } from './run/process-group.js';

/** Pairs of a process that serves and one of its clients: `npm run bench:capacity -- 1 2 5`. */
const steps = process.argv.length > 2 ? process.argv.slice(2).map(Number) : [1, 5, 10];
/** Of a pair: what the open-file limit allows, and what a server accepts by its memory budget on a small machine. */
const each = Math.min(30_000, openFileLimit() - 500);
const delayMs = 5_000;
/** In this time each connection sends its second message. */
const spreadMs = 20_000;
const settleMs = 2_000;
/** Of a connection with its client. Generous: a step that may not fit is not tried. */
const roomBytes = 40_000;
const withinMs = 240_000;

interface Server {
  readonly process: ChildProcess;
  readonly port: number;
  readonly metricsPort: number;
}

const running = new Set<ChildProcess>();
const endAll = () => {
  for (const child of running) child.kill('SIGKILL');
  running.clear();
};
process.once('exit', endAll);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

async function startServer(): Promise<Server> {
  const flags = `serve --quiet --port 0 --delay ${delayMs} --reply raw --metrics 127.0.0.1:0`.split(' ');
  const command = ['--max-semi-space-size=4', 'dist/app/main.js', ...flags];
  const child = spawn(process.execPath, command, { detached: true, stdio: ['ignore', 'pipe', 'inherit'] });
  running.add(child);
  let printed = '';
  for await (const chunk of child.stdout.setEncoding('utf8').iterator({ destroyOnReturn: false })) {
    printed += chunk;
    if (printed.includes('\n')) break;
  }
  child.stdout.resume();
  const [port, metricsPort] = [/listening on \S+?:(\d+)/, /metrics \S+?:(\d+)/].map((at) =>
    Number(at.exec(printed)?.[1]),
  );
  return { process: child, port: port ?? 0, metricsPort: metricsPort ?? 0 };
}

function startClients({ port }: Server, index: number): ChildProcess {
  const child = fork(`${cacheFolder}/js/load/hold.js`, [port, each, spreadMs, index + 1].map(String), {
    detached: true,
  });
  running.add(child);
  return child;
}

/** In ms since each message was due, of the slowest process. */
async function answered(clients: readonly ChildProcess[]): Promise<string> {
  const times = await Promise.all(
    clients.map(async (child) => {
      const [message] = (await once(child, 'message', { signal: AbortSignal.timeout(withinMs) })) as [Held];
      if ('fault' in message) throw new Error(message.fault);
      return message.answered;
    }),
  );
  const [p50, p99, max] = (['p50', 'p99', 'max'] as const).map((part) => Math.max(...times.map((time) => time[part])));
  return `${p50} ms at the median, ${p99} at the 99th percentile, ${max} at most`;
}

async function metricsOf({ metricsPort }: Server): Promise<string> {
  const [response] = await once(get({ host: '127.0.0.1', port: metricsPort, path: '/metrics' }), 'response');
  return text(response);
}

/** One of each server. */
async function metric(servers: readonly Server[], name: RegExp): Promise<number[]> {
  const pages = await Promise.all(servers.map(metricsOf));
  return pages.map((page) => Number(name.exec(page)?.[1] ?? 0));
}

const open = /^rxjs_tcp_connections_open(?:\{.*\})? (\S+)$/m;
/** What a server closed or dropped, and why. */
const losses = /^rxjs_tcp_connections_(?:closed|dropped)_total\{.*\} [1-9].*$/gm;
const loopDelay = /^rxjs_tcp_event_loop_delay_seconds\{.*quantile="0.99".*\} (\S+)$/m;

/** In bytes. */
function systemMemory(figure: RegExp): number {
  return Number(figure.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1]) * 1_024;
}

/** Of the kernel, in bytes: its objects, and what waits in sockets. */
function kernelMemory() {
  const slabs = systemMemory(/^Slab:\s+(\d+)/m);
  const buffers = Number(/^TCP:.* mem (\d+)/m.exec(readFileSync('/proc/net/sockstat', 'utf8'))?.[1]) * 4_096;
  return { slabs, buffers };
}

const memoryOf = (processes: readonly ChildProcess[]) =>
  processes.reduce((sum, { pid = 0 }) => sum + readMemory(pid), 0);

async function step(pairs: number): Promise<void> {
  const count = pairs * each;
  if (count * roomBytes > systemMemory(/^MemAvailable:\s+(\d+)/m)) {
    process.stdout.write(`\n${count} connections: not tried, they may not fit into memory\n`);
    return;
  }
  const servers = await Promise.all(Array.from({ length: pairs }, startServer));
  const serving = servers.map((server) => server.process);
  const before = memoryOf(serving);
  const startMs = performance.now();
  const clients = servers.map(startClients);
  const first = await answered(clients).catch(async (error) => {
    const pages = await Promise.all(servers.map(metricsOf));
    throw new Error(`${error}; ${pages.flatMap((page) => page.match(losses) ?? []).join(', ')}`);
  });
  const seconds = (performance.now() - startMs) / 1_000;
  await sleep(settleMs);
  const kernel = kernelMemory();
  const kilobytes = (bytes: number) => `${(bytes / count / 1_000).toFixed(2)} kB`;
  const lines = [
    `${count} connections, ${pairs} processes that serve and ${pairs} of clients; all answered after ${seconds.toFixed(1)} s`,
    `a reply after ${delayMs} ms: ${first}`,
    `memory of a connection: server ${kilobytes(memoryOf(serving) - before)}, client ${kilobytes(memoryOf(clients))}`,
    `kernel, for both ends: ${kilobytes(kernel.slabs - kernelBefore.slabs)}, and buffers ${kilobytes(kernel.buffers - kernelBefore.buffers)}`,
    `memory of all servers: ${(memoryOf(serving) / 1e6).toFixed(0)} MB`,
  ];
  await metric(servers, loopDelay); // the quantiles begin anew
  for (const child of clients) child.send('again');
  const second = await answered(clients);
  const delayS = Math.max(...(await metric(servers, loopDelay)));
  const opened = (await metric(servers, open)).reduce((sum, value) => sum + value);
  lines.push(
    `a message on each, in ${spreadMs / 1_000} s: ${second}`,
    `event loop delay of the slowest server: ${(delayS * 1_000).toFixed(0)} ms at the 99th percentile`,
    `open at the end: ${opened}`,
  );
  process.stdout.write(`\n${lines.join('\n')}\n`);
  for (const child of clients) child.disconnect();
  await Promise.all(clients.map((child) => once(child, 'exit')));
  endAll();
}

function openFileLimit(): number {
  return Number(/^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1]);
}

const environment = watchEnvironment();
/** Before all steps: the kernel keeps what a step leaves for the next one. */
const kernelBefore = kernelMemory();
for (const pairs of steps) await step(pairs);
process.stdout.write(`\n${environmentLine(environment())}\n`);
