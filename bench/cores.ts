/** One process beside two on two cores, by `reusePort` and behind HAProxy, and Go on one core and two: rates, and CPU a message. */
import type { ClosedPlan } from './load/plan.js';
import type { Peer } from './peers.js';
import { availablePeers } from './run/available-peers.js';
import { environmentLine, watchEnvironment } from './run/environment.js';
import { generate } from './run/generator-process.js';
import { type CpuReading, cpuBetween, readCpu, readSockets } from './run/process-group.js';
import { startServer } from './run/server-process.js';
import { median } from './run/summary.js';
import { type Job, replies } from './scenarios.js';

const rounds = Number(process.argv[2] ?? 7);
const plan: ClosedPlan = {
  kind: 'closed',
  connections: 100,
  inFlight: 1,
  messageBytes: 64,
  warmupMs: 700,
  durationMs: 2_000,
};
const jobs: Partial<Record<Job, string>> = {
  echo: 'an echo of 64 B, 100 connections',
  compute: '64 B, and 100 000 multiplications for each',
};
const allJobs = Object.keys(jobs) as Job[];

const node = (name: string, ...command: string[]): Peer => ({
  name,
  jobs: allJobs,
  command: [process.execPath, ...command],
  onAllCores: true,
});
const two = '{cache}/js/peers/two-processes.js';
const go = (name: string, cores: number): Peer => ({
  name,
  jobs: allJobs,
  command: ['{cache}/go-server'],
  build: ['go', 'build', '-o', '{cache}/go-server', '{bench}/peers/go-server.go'],
  needs: [['go', 'version']],
  debianPackage: 'golang-go',
  env: { GOMAXPROCS: `${cores}` },
  onAllCores: true,
});

/** Each ratio is to the first of its family, in the same round. */
const families: readonly (readonly Peer[])[] = [
  [
    node('one process', '{cache}/js/peers/rxjs-tcp.js'),
    node('two, reusePort', two, 'reuse-port'),
    { ...node('two, HAProxy', two, 'haproxy'), needs: [['haproxy', '-v']], debianPackage: 'haproxy' },
  ],
  [go('Go, one core', 1), go('Go, two cores', 2)],
];

interface Figures {
  readonly perSecond: number;
  readonly cpuUs: number;
  /** That the server used. */
  readonly cores: number;
  /** Of the connections, in the process that has the most. */
  readonly most: number;
}

async function run(peer: Peer, job: Job): Promise<Figures> {
  const server = await startServer(peer, { delayMs: 0, maxChunkBytes: 65_536, job });
  try {
    const readings: { readonly cpu: CpuReading; readonly sockets: ReadonlyMap<string, number> }[] = [];
    const read = () => readings.push({ cpu: readCpu(server.pid), sockets: readSockets(server.pid) });
    read();
    const order = { plan, target: { host: '127.0.0.1', port: server.port, reply: replies[job] } };
    const report = await generate(order, 30_000, read);
    if (report.faults > 0) throw new Error(`${peer.name}: ${report.firstFault}`);
    const [idle, before, after] = readings;
    if (!idle || !before || !after) throw new Error(`${peer.name}: ${server.died()}`);
    const cpuSeconds = cpuBetween(before.cpu, after.cpu);
    const connections = [...after.sockets].map(([pid, count]) => count - (idle.sockets.get(pid) ?? 0));
    const { messages, seconds } = report;
    return {
      perSecond: messages / seconds,
      cpuUs: (cpuSeconds * 1e6) / messages,
      cores: cpuSeconds / seconds,
      most: Math.max(...connections.filter((count) => count <= plan.connections)), // HAProxy has two for each
    };
  } finally {
    await server.stop();
  }
}

const { available, skipped } = await availablePeers(families.flat());
for (const { peer, reason } of skipped) process.stdout.write(`not here: ${peer}: ${reason}\n`);
const environment = watchEnvironment();
const seen = new Map<string, Figures[]>();
for (let round = 0; round < rounds; round += 1) {
  for (const job of allJobs) {
    for (const peer of round % 2 === 0 ? available : available.toReversed()) {
      const key = `${job} ${peer.name}`;
      seen.set(key, [...(seen.get(key) ?? []), await run(peer, job)]);
    }
  }
}

process.stdout.write(`${environmentLine(environment())}\nmedians of ${rounds} rounds in turn\n`);
for (const [job, title] of Object.entries(jobs)) {
  process.stdout.write(`\n${title}\n`);
  for (const family of families) {
    const base = seen.get(`${job} ${family[0]?.name}`) ?? [];
    for (const { name } of family) {
      const figures = seen.get(`${job} ${name}`);
      if (figures === undefined) continue;
      const of = (key: keyof Figures) => median(figures.map((each) => each[key]));
      const ratio = (key: keyof Figures) =>
        median(figures.map((each, round) => each[key] / (base[round]?.[key] ?? NaN)));
      const rate = `${of('perSecond').toFixed(0)} a second x${ratio('perSecond').toFixed(2)}`;
      const cpu = `CPU ${of('cpuUs').toFixed(2)} us a message x${ratio('cpuUs').toFixed(2)}`;
      const shares = figures.map(({ most }) => most).join(' ');
      process.stdout.write(`${name}: ${rate}, ${cpu}, ${of('cores').toFixed(2)} cores, most connections ${shares}\n`);
    }
  }
}
