/** What runs on the core of the generator: the load, which takes an order, sends marks and reports; and the server behind a proxy. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { AgentMessage, Order } from '../load/agent.js';
import type { LoadReport, Mark } from '../load/plan.js';
import { cacheFolder } from './paths.js';
import { pinned } from './pinning.js';

type MarkName = Parameters<Mark>[0];

export function generate(
  order: Order,
  withinMs: number,
  note: (mark: MarkName, waiting?: number) => void,
): Promise<LoadReport> {
  const child = start('agent', JSON.stringify(order));
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`The load did not end within ${withinMs / 1000} s`));
    }, withinMs);
    child.on('message', (message: AgentMessage) => {
      if ('report' in message) return resolve(message.report);
      note(message.mark, message.waiting);
      child.send('noted');
    });
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      clearTimeout(timer);
      reject(new Error(`The load generator ended with ${code ?? signal}`)); // without effect after a report
    });
  });
}

/** It ends when the runner does. */
export async function startUpstream(): Promise<{ readonly port: number; stop(): void }> {
  const child = start('flood');
  const [port] = await once(child, 'message');
  return { port, stop: () => child.kill('SIGKILL') };
}

function start(program: 'agent' | 'flood', ...words: string[]): ChildProcess {
  const command = [process.execPath, `${cacheFolder}/js/load/${program}.js`, ...words];
  const [file = '', ...args] = pinned(command, 'generatorCore');
  return spawn(file, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
}
