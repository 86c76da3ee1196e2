/** The load generator as the runner sees it: an order goes in, marks are noted, a report comes out. */
import { spawn } from 'node:child_process';
import type { AgentMessage, Order } from '../load/agent.js';
import type { LoadReport, Mark } from '../load/plan.js';
import { agentFile } from './paths.js';
import { pinned } from './pinning.js';

type MarkName = Parameters<Mark>[0];

export function generate(
  order: Order,
  withinMs: number,
  note: (mark: MarkName, waiting?: number) => void,
): Promise<LoadReport> {
  const [file = '', ...args] = pinned([process.execPath, agentFile, JSON.stringify(order)], 'generatorCore');
  const child = spawn(file, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
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
