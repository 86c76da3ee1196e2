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
  const [file = '', ...args] = pinned([process.execPath, agentFile], 'generatorCore');
  const child = spawn(file, args, { stdio: ['ignore', 'inherit', 'pipe', 'ipc'] });
  return new Promise((resolve, reject) => {
    let said = '';
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`The load did not end within ${withinMs / 1000} s`));
    }, withinMs);
    child.stderr?.on('data', (chunk) => {
      said = (said + chunk).slice(-2_000);
    });
    child.on('message', (message: AgentMessage) => {
      if ('report' in message) return resolve(message.report);
      note(message.mark, message.waiting);
      child.send('noted');
    });
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      clearTimeout(timer);
      reject(new Error(`The load generator ended with ${code ?? signal}: ${reasonOf(said)}`));
    });
    child.send(order);
  });
}

/** The line that says what was thrown, out of all that Node prints with it. */
function reasonOf(said: string): string {
  const lines = said.trim().split('\n');
  return lines.find((line) => /^\w*Error\b/.test(line)) ?? lines.at(-1) ?? '';
}
