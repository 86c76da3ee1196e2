/** The closed loop: each connection has so many messages on their way, and an answer sends the next. */
import { setTimeout as sleep } from 'node:timers/promises';
import Queue from 'yocto-queue';
import { type Client, openClients } from './client.js';
import type { Meter } from './meter.js';
import type { ClosedPlan, LoadReport, ReplyFormat, Target } from './plan.js';

export async function closedLoop(
  plan: ClosedPlan,
  target: Target,
  reply: ReplyFormat,
  meter: Meter,
): Promise<LoadReport> {
  const { messageBytes, inFlight } = plan;
  const partial: number[] = [];
  const sentAt: Queue<number>[] = [];
  let recording = false;

  const send = (client: Client, messages: number): void => {
    const now = performance.now();
    for (let sent = 0; sent < messages; sent++) sentAt[client.index]?.enqueue(now);
    client.send(messages * messageBytes);
  };
  const answered = (client: Client, bytes: number): void => {
    const whole = (partial[client.index] ?? 0) + bytes;
    const messages = Math.floor(whole / messageBytes);
    partial[client.index] = whole - messages * messageBytes;
    meter.answered(messages, bytes);
    const now = performance.now();
    for (let answer = 0; answer < messages; answer++) {
      const ms = now - (sentAt[client.index]?.dequeue() ?? now);
      if (recording) meter.latency(ms);
    }
    if (messages > 0) send(client, messages);
  };

  const clients = await openClients(target, reply, plan.connections, {
    answered,
    fault: (_, message) => meter.fault(message),
  });
  for (const client of clients) {
    sentAt[client.index] = new Queue();
    send(client, inFlight);
  }
  await sleep(plan.warmupMs);
  await meter.start();
  recording = true;
  await sleep(plan.durationMs);
  recording = false;
  await meter.stop();
  for (const client of clients) client.close();
  return meter.report();
}
