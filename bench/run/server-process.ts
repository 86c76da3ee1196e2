/** A peer as a process: started, ready, stopped, and what it said if it died. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ReplyFormat } from '../load/plan.js';
import type { Peer } from '../peers.js';
import { bequeath } from './last-will.js';
import { fillPaths } from './paths.js';
import { pinned } from './pinning.js';

export interface ServerOptions {
  readonly delayMs: number;
  readonly reply: ReplyFormat;
  readonly maxChunkBytes: number;
}

export interface ServerProcess {
  readonly port: number;
  /** Of its process, and of the group that it leads. */
  readonly pid: number;
  /** What it said last, once it has ended. */
  died(): string | undefined;
  stop(): Promise<void>;
}

const readyWithinMs = 5_000;
const endsWithinMs = 1_000;

export async function startServer(peer: Peer, options: ServerOptions): Promise<ServerProcess> {
  const settings = ['0', String(options.delayMs), options.reply, String(options.maxChunkBytes)];
  const command = [...fillPaths(peer.command), ...settings, ...(peer.options ?? [])];
  const [file = '', ...args] = pinned(command, 'serverCore');
  const child = spawn(file, args, {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...peer.env },
  });
  bequeath(child.pid);
  let said = '';
  let ended: string | undefined;
  child.on('error', (error) => {
    ended = error.message;
  });
  child.on('exit', (code, signal) => {
    ended = said.trim().split('\n').at(-1) || `exit ${code ?? signal}`;
  });
  child.stderr.on('data', (chunk) => {
    said = (said + chunk).slice(-2_000);
  });
  const stop = async (): Promise<void> => {
    signalGroup(child, 'SIGTERM');
    if (ended === undefined) await Promise.race([once(child, 'exit'), sleep(endsWithinMs, undefined, { ref: false })]);
    signalGroup(child, 'SIGKILL');
    bequeath(undefined);
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
    // nobody is left in it
  }
}
