/** The server behind a proxy as a process. It ends when the runner does. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { floodFile } from './paths.js';
import { pinned } from './pinning.js';

export interface Upstream {
  readonly port: number;
  stop(): void;
}

export async function startUpstream(): Promise<Upstream> {
  const [file = '', ...args] = pinned([process.execPath, floodFile], 'generatorCore');
  const child = spawn(file, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const [port] = await once(child, 'message');
  return { port, stop: () => child.kill('SIGKILL') };
}
