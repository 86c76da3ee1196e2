/** The peers that can take part here, compiled where necessary and checked; and why the others cannot. */
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { connect } from 'node:net';
import type { Peer } from '../peers.js';
import { cacheFolder, fillPaths } from './paths.js';
import type { Skipped } from './result.js';
import { type ServerOptions, startServer } from './server-process.js';

const buildWithinMs = 120_000;
const delayMs = 150;
const patienceMs = 3_000;
const time = '[A-Z][a-z]{2} [A-Z][a-z]{2} [ \\d]\\d \\d\\d:\\d\\d:\\d\\d \\d{4}';

/** What a peer has to do before it is timed: the delay, both replies, the splitting. */
const cases: readonly { options: ServerOptions; expected: RegExp }[] = [
  {
    options: { delayMs, reply: 'text', maxChunkBytes: 4 },
    expected: new RegExp(`^Echo=>abcd at ${time}Echo=>efgh at ${time}$`),
  },
  { options: { delayMs, reply: 'raw', maxChunkBytes: 65_536 }, expected: /^abcdefgh$/ },
];

export async function availablePeers(wanted: readonly Peer[]): Promise<{ available: Peer[]; skipped: Skipped[] }> {
  mkdirSync(cacheFolder, { recursive: true });
  const available: Peer[] = [];
  const skipped: Skipped[] = [];
  for (const peer of wanted) {
    const { name, needs = [], build, debianPackage } = peer;
    const failure = needs.some((command) => run(command) !== undefined) ? 'not installed' : build && run(build);
    const fault = failure === undefined ? await faultOf(peer) : undefined;
    if (failure !== undefined) skipped.push({ peer: name, reason: failure, debianPackage });
    else if (fault !== undefined) skipped.push({ peer: name, reason: fault });
    else available.push(peer);
  }
  return { available, skipped };
}

/** What went wrong, if anything did. */
function run(command: readonly string[]): string | undefined {
  const [file = '', ...args] = fillPaths(command);
  const { status, stderr, error } = spawnSync(file, args, { encoding: 'utf8', timeout: buildWithinMs });
  if (status === 0) return undefined;
  return `did not compile: ${error?.message ?? (stderr.trim().split('\n').at(-1) || `exit ${status}`)}`;
}

async function faultOf(peer: Peer): Promise<string | undefined> {
  for (const { options, expected } of cases) {
    try {
      const server = await startServer(peer, options);
      const fault = await ask(server.port, expected).finally(server.stop);
      if (fault !== undefined) return `wrong ${options.reply} reply: ${fault}`;
    } catch (error) {
      return (error as Error).message;
    }
  }
  return undefined;
}

async function ask(port: number, expected: RegExp): Promise<string | undefined> {
  const startMs = performance.now();
  const socket = connect({ port, host: '127.0.0.1' });
  const timer = setTimeout(() => socket.destroy(), patienceMs);
  socket.write('abcdefgh');
  let reply = '';
  for await (const chunk of socket) {
    reply += chunk;
    if (expected.test(reply)) break;
  }
  clearTimeout(timer);
  const ms = performance.now() - startMs;
  if (!expected.test(reply)) return `${JSON.stringify(reply)} after ${ms.toFixed(0)} ms`;
  return ms < delayMs ? `it came after ${ms.toFixed(1)} ms instead of ${delayMs}` : undefined;
}
