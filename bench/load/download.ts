/** Connections that receive as fast as they are sent to, as behind a proxy; what comes is the pattern from its start. */
import { Client } from './client.js';
import type { Meter } from './meter.js';
import type { DownloadPlan, LoadReport, Target } from './plan.js';

/** Of 1 000 bytes: so a microsecond for a message is a nanosecond for a byte. */
const messagesAtOnce = 100;

export async function download(plan: DownloadPlan, target: Target, meter: Meter): Promise<LoadReport> {
  const answered = (_: Client, dueMs: readonly number[]) => meter.answered(dueMs.length * messagesAtOnce);
  const events = { messageBytes: messagesAtOnce * 1_000, answered, fault: meter.fault };
  const clients = Array.from({ length: plan.connections }, () => new Client(target, 0, events));
  await meter.measure(plan);
  for (const client of clients) client.close();
  return meter.report();
}
