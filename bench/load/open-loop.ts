/** The open loop: messages are due at a fixed rate, and latency counts from the instant when one was due. */
import { cpus } from 'node:os';
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import Queue from 'yocto-queue';
import { type Client, openClients } from './client.js';
import type { Meter } from './meter.js';
import type { LoadReport, OpenPlan, ReplyFormat, Target } from './plan.js';

/** How long answers may be out after the last message was sent. */
const patienceMs = 2_000;
/** With a core to ourselves we look at the clock and at the sockets all the time: a timer's millisecond is longer than an answer takes. */
const maySpin = cpus().length > 1;
/** Otherwise we leave the core to the server in between. */
const napMs = 0.1;
const napping = new Int32Array(new SharedArrayBuffer(4));
/** What a slow reader sends at a time. */
const floodBytes = 65_536;

interface Message {
  readonly dueMs: number;
  readonly counted: boolean;
}

export async function openLoop(plan: OpenPlan, target: Target, reply: ReplyFormat, meter: Meter): Promise<LoadReport> {
  const { messageBytes, ratePerSecond } = plan;
  const waiting: Queue<Message>[] = [];
  const partial: number[] = [];
  let outstanding = 0;
  let counted = false;
  let handled = 0;

  const answered = (client: Client, bytes: number): void => {
    const whole = (partial[client.index] ?? 0) + bytes;
    const messages = Math.floor(whole / messageBytes);
    partial[client.index] = whole - messages * messageBytes;
    meter.answered(messages, bytes);
    handled += 1;
    const now = performance.now();
    for (let answer = 0; answer < messages; answer++) {
      const message = waiting[client.index]?.dequeue();
      if (!message?.counted) continue;
      outstanding -= 1;
      meter.latency(now - message.dueMs);
    }
  };
  const events = { answered, fault: (_: Client, message: string) => meter.fault(message) };
  const clients = await openClients(target, reply, plan.connections, events);
  const slow = await openClients(target, reply, plan.slowReaders ?? 0, events, plan.connections);
  for (const client of slow) flood(client);
  for (const client of clients) waiting[client.index] = new Queue();
  if (clients.length === 0) return meter.report();

  const startMs = performance.now();
  let endMs = Number.POSITIVE_INFINITY;
  void sleep(plan.warmupMs).then(async () => {
    await meter.start();
    counted = true;
    endMs = performance.now() + plan.durationMs;
  });
  for (let next = 0; ; ) {
    const nowMs = performance.now();
    if (nowMs >= endMs) break;
    let dueMs = startMs + (next * 1000) / ratePerSecond;
    for (; dueMs <= nowMs; dueMs = startMs + (++next * 1000) / ratePerSecond) {
      const client = clients[next % clients.length] as Client;
      if (counted) {
        outstanding += 1;
        meter.lateness(performance.now() - dueMs);
      }
      waiting[client.index]?.enqueue({ dueMs, counted });
      client.send(messageBytes);
    }
    const [turnMs, handledBefore] = [performance.now(), handled];
    const spun = await waitUntil(dueMs);
    if (spun && handled === handledBefore) meter.spun(performance.now() - turnMs);
  }
  counted = false;
  await meter.stop();
  const giveUpMs = performance.now() + patienceMs;
  while (outstanding > 0 && performance.now() < giveUpMs) await sleep(5);
  const unanswered = outstanding;
  const overMs = performance.now();
  for (const queue of waiting) {
    for (const message of queue ?? []) if (message.counted) meter.latency(overMs - message.dueMs);
  }
  for (const client of [...clients, ...slow]) client.close();
  return meter.report(unanswered);
}

/** Until then, or only for a turn of the event loop; whether it took CPU for nothing. */
async function waitUntil(dueMs: number): Promise<boolean> {
  const leftMs = dueMs - performance.now();
  if (leftMs > 2) {
    await sleep(leftMs - 1);
    return false;
  }
  if (leftMs > 0 && !maySpin) Atomics.wait(napping, 0, 0, Math.min(leftMs, napMs));
  await turn();
  return maySpin;
}

/** Sends whenever there is room and reads nothing, ever. */
function flood(client: Client): void {
  client.socket.pause();
  const fill = (): void => {
    while (client.send(floodBytes));
  };
  client.socket.on('drain', fill);
  fill();
}
