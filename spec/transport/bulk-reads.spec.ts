/** What a socket that was read in bulk keeps while it waits: no more than one that was not, but for a few. */
import { once } from 'node:events';
import net from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { NEVER } from 'rxjs';
import { expect, it } from 'vitest';
import { nodeNetwork, type TcpAddress, tcpServer } from '../../lib/index.js';
import { collect } from '../support/garbage.js';

const kibibyte = 1_024;
/** Comes in one read. */
const bulk = Buffer.alloc(60_000);

/** What Buffers take, in KiB, once the collector has run and freed them: it does so in a later turn. */
async function bufferKibibytes(): Promise<number> {
  for (let round = 0; round < 5; round += 1) {
    collect();
    await turn();
  }
  return process.memoryUsage().arrayBuffers / kibibyte;
}

it('300 connections that have read in bulk keep less than 16 KiB each while they wait, and nothing behind their end', async () => {
  const count = 300;
  let readBytes = 0;
  let closed = 0;
  const events$ = tcpServer({ port: 0, transport: nodeNetwork() }, (chunks$) => {
    chunks$.subscribe((chunk) => {
      readBytes += chunk.length;
    });
    return NEVER;
  });
  let port = 0;
  const server = events$.subscribe((event) => {
    if (event.type === 'listening') port = (event.address as TcpAddress).port;
    if (event.type === 'closed') closed += 1;
  });
  await expect.poll(() => port).toBeGreaterThan(0);
  const base = await bufferKibibytes();
  const clients = Array.from({ length: count }, () => net.connect(port, '127.0.0.1'));
  await Promise.all(clients.map((client) => once(client, 'connect')));
  for (const client of clients) client.write(bulk);
  await expect.poll(() => readBytes, { timeout: 20_000 }).toBe(count * bulk.length);
  expect(((await bufferKibibytes()) - base) / count).toBeLessThan(16);
  for (const client of clients) client.resetAndDestroy();
  await expect.poll(() => closed, { timeout: 10_000 }).toBe(count);
  expect((await bufferKibibytes()) - base).toBeLessThan(256);
  server.unsubscribe();
});
