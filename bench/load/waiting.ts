/** Connections that have sent one message and wait out a long delay, while the runner reads the server's memory. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, openClients } from './client.js';
import type { Meter } from './meter.js';
import type { LoadReport, Mark, Target, WaitingPlan } from './plan.js';

/** For the server to accept them all and to settle. */
const settleMs = 700;

export async function waiting(plan: WaitingPlan, target: Target, meter: Meter, mark: Mark): Promise<LoadReport> {
  const clients: Client[] = [];
  const answered = () => meter.fault('A connection was answered before its delay was over');
  const events = { messageBytes: 64, answered, fault: meter.fault };
  for (const step of plan.steps) {
    const more = await openClients(target, step - clients.length, events, clients.length);
    for (const client of more) client.send(1, performance.now());
    clients.push(...more);
    await sleep(settleMs);
    await mark('step', clients.length);
  }
  for (const client of clients) client.close();
  return meter.report();
}
