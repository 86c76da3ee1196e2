/** The window of the whole process, in a process whose heap is small. */
import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { defaults } from '../../lib/index.js';
import { Client } from '../support/client.js';
import { serve } from '../support/command.js';

const smallHeap = '--max-old-space-size=32';

/** What that leaves a process, its young generation included, which differs from one version of Node to the next. */
function heapLimitBytes(): number {
  const print = 'process.stdout.write(String(v8.getHeapStatistics().heap_size_limit))';
  return Number(execFileSync(process.execPath, [smallHeap, '--eval', print], { encoding: 'utf8' }));
}

describe('a server whose connections together hold too much', () => {
  it('lets nobody in until they hold less, and everybody after', async () => {
    const server = await serve(['--delay', '1h'], { NODE_OPTIONS: smallHeap });
    const windows = heapLimitBytes() / 4 / defaults.server.highWaterMarkBytes;
    const count = Math.ceil(1.5 * windows);
    const hoarders = await Promise.all(Array.from({ length: count }, () => Client.connect(server.port)));
    for (const { socket } of hoarders) socket.write(Buffer.alloc(100_000));
    await expect.poll(() => isLetIn(server.port), { timeout: 5_000 }).toBe(false);
    // What it prints may come after what it did.
    await expect.poll(server.printed, { timeout: 5_000 }).toMatch(/dropped 127\.0\.0\.1:\d+ at .*: memory/);
    for (const hoarder of hoarders) hoarder.reset();
    await expect.poll(() => isLetIn(server.port), { timeout: 5_000 }).toBe(true);
  });
});

/** Whether the server keeps a new connection, rather than ending it at once. */
async function isLetIn(port: string): Promise<boolean> {
  const newcomer = await Client.connect(port);
  const isEnded = newcomer.ended().then(() => false);
  const isStaying = new Promise<boolean>((resolve) => setTimeout(resolve, 200, true));
  const stays = await Promise.race([isEnded, isStaying]);
  newcomer.reset();
  return stays;
}
