/** The peers that can take part here, compiled where necessary and checked; and why the others cannot. */
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { connect } from 'node:net';
import { does, type Peer } from '../peers.js';
import { cacheFolder, fillPaths } from './paths.js';
import type { Skipped } from './result.js';
import { startServer } from './server-process.js';

const buildWithinMs = 120_000;
const patienceMs = 3_000;
/** What an echo has to do before it is timed: wait the delay, and answer each chunk. In other jobs the load checks every byte. */
const task = { job: 'echo', delayMs: 150, maxChunkBytes: 4 } as const;
const time = '[A-Z][a-z]{2} [A-Z][a-z]{2} [ \\d]\\d \\d\\d:\\d\\d:\\d\\d \\d{4}';
const expected = new RegExp(`^Echo=>abcd at ${time}Echo=>efgh at ${time}$`);

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
  try {
    const server = await startServer(peer, does(peer, 'echo') ? task : { ...task, job: peer.jobs?.[0] ?? 'echo' });
    return await (does(peer, 'echo') ? ask(server.port) : Promise.resolve(undefined)).finally(server.stop);
  } catch (error) {
    return (error as Error).message;
  }
}

async function ask(port: number): Promise<string | undefined> {
  const startMs = performance.now();
  const socket = connect({ port, host: '127.0.0.1' });
  const timer = setTimeout(() => socket.destroy(), patienceMs);
  socket.write('abcdefgh');
  let reply = '';
  try {
    for await (const chunk of socket) {
      reply += chunk;
      if (expected.test(reply)) break;
    }
  } catch {
    // closed too early, or too late: the reply shows what is missing
  }
  clearTimeout(timer);
  const ms = performance.now() - startMs;
  if (!expected.test(reply)) return `wrong reply: ${JSON.stringify(reply)} after ${ms.toFixed(0)} ms`;
  return ms < task.delayMs ? `wrong delay: ${ms.toFixed(1)} ms instead of ${task.delayMs}` : undefined;
}
