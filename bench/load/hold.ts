/** A process of clients that stay: each sends a message as it opens, and all are answered; a second one at the word, spread over a time. */
import { once } from 'node:events';
import { createHistogram } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, openClients } from './client.js';

export type Held =
  | { readonly answered: { readonly [part in 'p50' | 'p99' | 'max']: number } }
  | { readonly fault: string };

/** One message of the pattern. */
const messageBytes = 64;
const atOnce = 100;
/** The kernel looks long for a free port where half of them are taken: then another address is next. */
const eachAddress = 7_000;
const lookMs = 10;

const [port = 0, count = 0, spreadMs = 0, network = 0] = process.argv.slice(2).map(Number);
const tell = (message: Held) => process.send?.(message);

let times = createHistogram();
let answers = 0;
const events = {
  messageBytes,
  answered: (_: Client, dueMs: readonly number[]) => {
    answers += dueMs.length;
    for (const due of dueMs) times.record(Math.max(1, Math.round(performance.now() - due)));
  },
  fault: (fault: string) => tell({ fault }),
};

/** Since each message was due, in ms. */
async function allAnswered(expected: number): Promise<void> {
  while (answers < expected) await sleep(lookMs);
  tell({ answered: { p50: times.percentile(50), p99: times.percentile(99), max: times.max } });
}

const clients: Client[] = [];
process.on('disconnect', () => {
  for (const client of clients) client.close();
  process.exit();
});

while (clients.length < count) {
  const localAddress = `127.0.${network}.${1 + Math.floor(clients.length / eachAddress)}`;
  const target = { host: '127.0.0.1', port, reply: 'raw', localAddress } as const;
  const more = await openClients(target, Math.min(atOnce, count - clients.length), events, clients.length);
  for (const client of more) client.send(1, performance.now());
  clients.push(...more);
}
await allAnswered(count);

await once(process, 'message');
times = createHistogram();
const startMs = performance.now();
for (const [index, client] of clients.entries()) {
  const dueMs = startMs + (index * spreadMs) / count;
  while (performance.now() < dueMs) await sleep(1);
  client.send(1, dueMs);
}
await allAnswered(2 * count);
