/** The storm: all connect at once, say one thing and wait; when is the last one answered? */
import { Client } from './client.js';
import type { Meter } from './meter.js';
import type { LoadReport, ReplyFormat, StormPlan, Target } from './plan.js';

const messageBytes = 64;
/** More bars than these no picture can show. */
const maxTimeline = 100;

export async function storm(plan: StormPlan, target: Target, reply: ReplyFormat, meter: Meter): Promise<LoadReport> {
  const { connections, timeoutMs } = plan;
  const connectedMs: number[] = [];
  const answeredMs: number[] = [];
  const clients: Client[] = [];
  let lastReplyMs = 0;
  let left = connections;
  await meter.start();
  const startMs = performance.now();
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, timeoutMs);
    const done = (): void => {
      if (--left > 0) return;
      clearTimeout(timer);
      resolve();
    };
    const events = {
      answered(client: Client, bytes: number) {
        lastReplyMs = performance.now() - startMs;
        answeredMs[client.index] = lastReplyMs;
        meter.answered(1, bytes);
        meter.latency(lastReplyMs);
        done();
      },
      fault(_: Client, message: string) {
        meter.fault(message);
        done();
      },
    };
    for (let index = 0; index < connections; index++) {
      const client = new Client(target, reply, index, events, () => {
        connectedMs[index] = performance.now() - startMs;
        client.send(messageBytes);
      });
      clients.push(client);
    }
  });
  await meter.stop();
  for (const client of clients) client.close();
  const timeline = connectedMs.map((ms, index) => [round(ms), round(answeredMs[index] ?? timeoutMs)] as const);
  return { ...meter.report(left), lastReplyMs, ...(connections <= maxTimeline && { timeline }) };
}

function round(ms: number): number {
  return Math.round(ms * 100) / 100;
}
