/** The window of the whole process, in a process whose heap is small. */
import { once } from 'node:events';
import net from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { serve } from '../support/command.js';

const sockets = new Set<net.Socket>();

async function client(port: string): Promise<net.Socket> {
  const socket = net.connect({ port: Number(port), host: '127.0.0.1' }).on('error', () => {});
  sockets.add(socket);
  await once(socket, 'connect');
  return socket;
}

afterEach(() => {
  for (const socket of sockets) socket.resetAndDestroy();
  sockets.clear();
});

describe('a server whose connections together hold too much', () => {
  it('lets nobody in until they hold less, and everybody after', async () => {
    const heap = { NODE_OPTIONS: '--max-old-space-size=32' }; // 80 MB with the young space: 20 MB are 320 full windows
    const server = await serve(['--delay', '1h'], heap);
    const hoarders = await Promise.all(Array.from({ length: 600 }, () => client(server.port)));
    for (const hoarder of hoarders) hoarder.write(Buffer.alloc(100_000));
    await expect.poll(() => isLetIn(server.port), { timeout: 5_000 }).toBe(false);
    expect(server.printed()).toMatch(/dropped 127\.0\.0\.1:\d+ at .*: memory/);
    for (const hoarder of hoarders) hoarder.resetAndDestroy();
    await expect.poll(() => isLetIn(server.port), { timeout: 5_000 }).toBe(true);
  });
});

/** Whether the server keeps a new connection, rather than ending it at once. */
async function isLetIn(port: string): Promise<boolean> {
  const newcomer = await client(port);
  const ended = once(newcomer.resume(), 'close').then(() => false);
  const isStaying = new Promise<boolean>((resolve) => setTimeout(resolve, 200, true));
  const stays = await Promise.race([ended, isStaying]);
  newcomer.resetAndDestroy();
  return stays;
}
