/** The open loop: messages are due at a fixed rate, and latency counts from the time when a message was due. */
import { cpus } from 'node:os';
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import { type Client, openClients } from './client.js';
import type { Meter } from './meter.js';
import type { LoadReport, OpenPlan, Target } from './plan.js';

/** How long replies may take after the last message was sent. */
const patienceMs = 2_000;
/** With a core of its own the generator polls clock and sockets all the time: a timer's millisecond is longer than a reply takes. */
const maySpin = cpus().length > 1;
/** Otherwise it leaves the core to the server in between. */
const napMs = 0.1;
const napping = new Int32Array(new SharedArrayBuffer(4));
/** What a slow reader sends at a time. */
const floodBytes = 65_536;

export async function openLoop(plan: OpenPlan, target: Target, meter: Meter): Promise<LoadReport> {
  const { messageBytes, ratePerSecond } = plan;
  /** Messages that are due from here on are counted. */
  let countedFromMs = Number.POSITIVE_INFINITY;
  let endMs = Number.POSITIVE_INFINITY;
  let outstanding = 0;
  let reads = 0;
  const answered = (_: Client, dueMs: readonly number[]): void => {
    meter.answered(dueMs.length);
    reads += 1;
    const now = performance.now();
    for (const due of dueMs) {
      if (due < countedFromMs) continue;
      outstanding -= 1;
      meter.latency(now - due);
    }
  };
  const events = { messageBytes, answered, fault: meter.fault };
  const clients = await openClients(target, plan.connections, events);
  const slow = await openClients(target, plan.slowReaders ?? 0, events, plan.connections);
  for (const client of slow) flood(client);
  if (clients.length === 0) return meter.report();

  const startMs = performance.now();
  void sleep(plan.warmupMs).then(async () => {
    await meter.start();
    countedFromMs = performance.now();
    endMs = countedFromMs + plan.durationMs;
  });
  for (let next = 0; performance.now() < endMs; ) {
    const nowMs = performance.now();
    let dueMs = startMs + (next * 1000) / ratePerSecond;
    for (; dueMs <= nowMs; dueMs = startMs + (++next * 1000) / ratePerSecond) {
      if (dueMs >= countedFromMs) {
        outstanding += 1;
        meter.lateness(performance.now() - dueMs);
      }
      clients[next % clients.length]?.send(1, dueMs);
    }
    const [turnMs, readsBefore] = [performance.now(), reads];
    const spun = await waitUntil(dueMs);
    if (spun && reads === readsBefore) meter.spun(performance.now() - turnMs);
  }
  await meter.stop();
  const giveUpMs = performance.now() + patienceMs;
  while (outstanding > 0 && performance.now() < giveUpMs) await sleep(5);
  const overMs = performance.now();
  for (const client of clients) {
    for (const dueMs of client.unanswered()) if (dueMs >= countedFromMs) meter.latency(overMs - dueMs);
  }
  for (const client of [...clients, ...slow]) client.close();
  return meter.report(outstanding);
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

/** Sends whenever there is room and never reads. */
function flood(client: Client): void {
  client.socket.pause();
  const fill = (): void => {
    while (client.write(floodBytes));
  };
  client.socket.on('drain', fill);
  fill();
}
