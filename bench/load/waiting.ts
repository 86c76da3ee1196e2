/** Connections that have said one thing and wait out a long delay, while somebody reads the server's memory. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, openClients } from './client.js';
import type { Meter } from './meter.js';
import type { LoadReport, Mark, ReplyFormat, Target, WaitingPlan } from './plan.js';

const messageBytes = 64;
/** For the server to accept them all and to settle. */
const settleMs = 700;

export async function waiting(
  plan: WaitingPlan,
  target: Target,
  reply: ReplyFormat,
  meter: Meter,
  mark: Mark,
): Promise<LoadReport> {
  const clients: Client[] = [];
  const events = {
    answered: () => meter.fault('A connection was answered before its delay was over'),
    fault: (_: Client, message: string) => meter.fault(message),
  };
  for (const step of plan.steps) {
    const more = await openClients(target, reply, step - clients.length, events, clients.length);
    for (const client of more) client.send(messageBytes);
    clients.push(...more);
    await sleep(settleMs);
    await mark('step', clients.length);
  }
  for (const client of clients) client.close();
  return meter.report();
}
