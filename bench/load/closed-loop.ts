/** The closed loop: each connection keeps a number of messages in flight, and a reply sends the next message or burst. */
import { type Client, openClients } from './client.js';
import type { Meter } from './meter.js';
import type { ClosedPlan, LoadReport, Target } from './plan.js';

export async function closedLoop(plan: ClosedPlan, target: Target, meter: Meter): Promise<LoadReport> {
  const answered = (client: Client, dueMs: readonly number[]): void => {
    meter.answered(dueMs.length);
    const now = performance.now();
    if (meter.counting) for (const sentMs of dueMs) meter.latency(now - sentMs);
    if (plan.inBursts !== true && dueMs.length > 0) client.send(dueMs.length, now);
    if (plan.inBursts === true && client.unanswered().size === 0) client.send(plan.inFlight, now);
  };
  const events = { messageBytes: plan.messageBytes, answered, fault: meter.fault };
  const clients = await openClients(target, plan.connections, events);
  for (const client of clients) client.send(plan.inFlight, performance.now());
  await meter.measure(plan);
  for (const client of clients) client.close();
  return meter.report();
}
