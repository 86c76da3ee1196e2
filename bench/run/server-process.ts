/** A peer as a process: started, ready, stopped, and what it printed if it died. None outlives the runner. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Peer } from '../peers.js';
import type { Job } from '../scenarios.js';
import { fillPaths } from './paths.js';
import { pinned } from './pinning.js';

export interface ServerOptions {
  readonly delayMs: number;
  readonly maxChunkBytes: number;
  readonly job: Job;
  /** Of the server behind a proxy. */
  readonly upstreamPort?: number | undefined;
}

export interface ServerProcess {
  readonly port: number;
  /** Of its process, and of the process group that it leads. */
  readonly pid: number;
  /** The last line that it printed, once it has ended. */
  died(): string | undefined;
  stop(): Promise<void>;
}

const readyWithinMs = 5_000;
const endsWithinMs = 1_000;

export async function startServer(peer: Peer, options: ServerOptions): Promise<ServerProcess> {
  const { delayMs, maxChunkBytes, job, upstreamPort = 0 } = options;
  const command = [...fillPaths(peer.command), ...['0', delayMs, maxChunkBytes, job, upstreamPort].map(String)];
  const [file = '', ...args] = peer.onAllCores ? command : pinned(command, 'serverCore');
  const env = { ...process.env, ...peer.env };
  const child = spawn(file, args, { detached: true, stdio: ['ignore', 'pipe', 'pipe'], env });
  killAtExit(child.pid);
  let printed = '';
  let ended: string | undefined;
  child.on('error', (error) => {
    ended = error.message;
  });
  child.on('exit', (code, signal) => {
    ended = printed.trim().split('\n').at(-1) || `exit ${code ?? signal}`;
  });
  child.stderr.on('data', (chunk) => {
    printed = (printed + chunk).slice(-2_000);
  });
  const stop = async (): Promise<void> => {
    signalGroup(child, 'SIGTERM');
    if (ended === undefined) await Promise.race([once(child, 'exit'), sleep(endsWithinMs, undefined, { ref: false })]);
    signalGroup(child, 'SIGKILL');
    killAtExit(undefined);
  };
  const port = await Promise.race([listeningPort(child), sleep(readyWithinMs, undefined, { ref: false })]);
  if (port === undefined || child.pid === undefined) {
    await stop();
    throw new Error(`${peer.name} did not listen: ${ended ?? `nothing in ${readyWithinMs} ms`}`);
  }
  return { port, pid: child.pid, died: () => ended, stop };
}

function listeningPort(child: ChildProcess): Promise<number | undefined> {
  return new Promise((resolve) => {
    let output = '';
    child.stdout?.on('data', (chunk) => {
      output += chunk;
      const port = /^listening on \S+:(\d+)$/m.exec(output)?.[1];
      if (port !== undefined) resolve(Number(port));
    });
    child.on('error', () => resolve(undefined));
    child.on('exit', () => resolve(undefined));
  });
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // all its processes have ended
  }
}

/** Reads process groups, and kills the last one when its input ends: when this process ends, even by SIGKILL. */
const guard = 'while read -r group; do last=$group; done; [ -z "$last" ] || kill -s KILL -- "-$last"';

let guardProcess: ChildProcess | undefined;

/** Kills a process group when this process ends; undefined takes the last one back. */
function killAtExit(group: number | undefined): void {
  // Detached: a Ctrl-C does not reach it.
  guardProcess ??= spawn('sh', ['-c', guard], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
  guardProcess.unref();
  guardProcess.stdin?.write(`${group ?? ''}\n`);
}
