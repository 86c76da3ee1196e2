/** The Redis example beside the same on `net`: requests a second and CPU a request, as `redis-benchmark` asks them. */
import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import { environmentLine, watchEnvironment } from './run/environment.js';
import { cacheFolder, projectFolder } from './run/paths.js';
import { pinned } from './run/pinning.js';
import { cpuBetween, readCpu } from './run/process-group.js';
import { startServer } from './run/server-process.js';
import { median } from './run/summary.js';

const rounds = 5;
const requests = 200_000;
const tests = ['SET', 'GET'] as const;

const example = `${projectFolder}/examples/.cache`;
const net = [process.execPath, `${cacheFolder}/js/peers/net-redis.js`, `${example}/resp.js`];
const baseline = 'net, corked';
const servers: Readonly<Record<string, readonly string[]>> = {
  'rxjs-tcp': [process.execPath, `${example}/redis.js`],
  [baseline]: [...net, 'corked'],
  'net, one write': [...net, 'joined'],
};

interface Figures {
  readonly SET: number;
  readonly GET: number;
  readonly cpuUs: number;
}

async function run(name: string, command: readonly string[]): Promise<Figures> {
  const server = await startServer({ name, command }, { delayMs: 0, maxChunkBytes: 0, job: 'echo' });
  try {
    const args = ['-p', `${server.port}`, '-t', tests.join(), '-n', `${requests}`, '-c', '50', '-P', '16', '--csv'];
    const [file = '', ...rest] = pinned(['redis-benchmark', ...args], 'generatorCore');
    const before = readCpu(server.pid);
    const { stdout } = await promisify(execFile)(file, rest);
    const cpuSeconds = cpuBetween(before, readCpu(server.pid));
    const [SET = 0, GET = 0] = tests.map((test) => Number(new RegExp(`^"${test}","([\\d.]+)"`, 'm').exec(stdout)?.[1]));
    if (!(SET > 0 && GET > 0)) throw new Error(`${name}: ${server.died() ?? stdout}`);
    return { SET, GET, cpuUs: (cpuSeconds * 1e6) / (tests.length * requests) };
  } finally {
    await server.stop();
  }
}

if (spawnSync('redis-benchmark', ['--version']).error !== undefined) {
  process.stderr.write('There is no redis-benchmark: install redis-tools, its Debian package\n');
  process.exit(1);
}

const environment = watchEnvironment();
const seen = new Map<string, Figures[]>(Object.keys(servers).map((name) => [name, []]));
for (let round = 0; round < rounds; round += 1) {
  for (const [name, command] of Object.entries(servers)) seen.get(name)?.push(await run(name, command));
}
process.stdout.write(`${environmentLine(environment())}\nmedians of ${rounds} rounds in turn\n`);
for (const [name, figures] of seen) {
  const [SET, GET, cpuUs] = (['SET', 'GET', 'cpuUs'] as const).map((key) => median(figures.map((each) => each[key])));
  const ratios = figures.map(({ cpuUs }, round) => cpuUs / (seen.get(baseline)?.[round]?.cpuUs ?? Number.NaN));
  const rates = `${SET?.toFixed(0)} SET/s, ${GET?.toFixed(0)} GET/s`;
  process.stdout.write(`${name}: ${rates}, ${cpuUs?.toFixed(2)} us CPU a request, x${median(ratios).toFixed(2)}\n`);
}
