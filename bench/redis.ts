/** The Redis example beside the same on `net`: what a request costs, as `redis-benchmark` asks them. */
import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import { cacheFolder, projectFolder } from './run/paths.js';
import { pinned } from './run/pinning.js';
import { cpuBetween, readCpu } from './run/process-group.js';
import { printRounds } from './run/rounds.js';
import { startServer } from './run/server-process.js';

const rounds = 5;
const requests = 200_000;
const tests = ['SET', 'GET'] as const;

const example = `${projectFolder}/examples/.cache`;
const net = [process.execPath, `${cacheFolder}/js/peers/net-redis.js`, `${example}/resp.js`];
const servers: Readonly<Record<string, readonly string[]>> = {
  'rxjs-tcp': [process.execPath, `${example}/redis.js`],
  'net, corked': [...net, 'corked'],
  'net, one write': [...net, 'joined'],
};

/** In microseconds. */
async function cpuOf(name: string, command: readonly string[]): Promise<number> {
  const server = await startServer({ name, command }, { delayMs: 0, maxChunkBytes: 0, job: 'echo' });
  try {
    const args = ['-p', `${server.port}`, '-t', tests.join(), '-n', `${requests}`, '-c', '50', '-P', '16', '--csv'];
    const [file = '', ...rest] = pinned(['redis-benchmark', ...args], 'generatorCore');
    const before = readCpu(server.pid);
    const { stdout } = await promisify(execFile)(file, rest);
    const cpuSeconds = cpuBetween(before, readCpu(server.pid));
    if (!tests.every((test) => stdout.includes(`"${test}"`))) throw new Error(`${name}: ${server.died() ?? stdout}`);
    return (cpuSeconds * 1e6) / (tests.length * requests);
  } finally {
    await server.stop();
  }
}

if (spawnSync('redis-benchmark', ['--version']).error !== undefined) {
  process.stderr.write('There is no redis-benchmark: install redis-tools, its Debian package\n');
  process.exit(1);
}

const games = Object.entries(servers).map(([name, command]) => [name, () => cpuOf(name, command)] as const);
await printRounds(rounds, 'CPU a request, µs', Object.fromEntries(games));
