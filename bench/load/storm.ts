/** The storm: all clients connect at once, send one message and wait; when is the last one answered? */
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from './client.js';
import type { Meter } from './meter.js';
import type { LoadReport, StormPlan, Target } from './plan.js';

/** A picture cannot show more bars. */
const maxTimeline = 100;

export async function storm({ connections, timeoutMs }: StormPlan, target: Target, meter: Meter): Promise<LoadReport> {
  const timeline = Array.from({ length: connections }, (): [number, number] => [timeoutMs, timeoutMs]);
  const clients: Client[] = [];
  let lastReplyMs = 0;
  let answered = 0;
  await meter.start();
  const startMs = performance.now();
  const sinceStart = () => Math.round((performance.now() - startMs) * 100) / 100;
  const answers = timeline.map((times, index) => {
    return new Promise<void>((resolve) => {
      const client = new Client(target, index, {
        messageBytes: 64,
        answered(_client, dueMs) {
          lastReplyMs = times[1] = sinceStart();
          answered += 1;
          meter.answered(dueMs.length);
          meter.latency(lastReplyMs);
          resolve();
        },
        fault(message) {
          meter.fault(message);
          resolve();
        },
      });
      client.socket.on('connect', () => {
        times[0] = sinceStart();
        client.send(1, startMs);
      });
      clients.push(client);
    });
  });
  await Promise.race([Promise.all(answers), sleep(timeoutMs, undefined, { ref: false })]);
  await meter.stop();
  for (const client of clients) client.close();
  return { ...meter.report(connections - answered), lastReplyMs, ...(connections <= maxTimeline && { timeline }) };
}
