/** The window of the whole process, in a process whose heap is small. */
import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { defaults } from '../../lib/index.js';
import { Client } from '../support/client.js';
import { serve } from '../support/command.js';

const smallHeap = '--max-old-space-size=32';

/** The heap limit of a process with that flag: it includes the young generation, which differs between versions of Node. */
function heapLimitBytes(): number {
  const print = 'process.stdout.write(String(v8.getHeapStatistics().heap_size_limit))';
  return Number(execFileSync(process.execPath, [smallHeap, '--eval', print], { encoding: 'utf8' }));
}

describe('a server whose connections together hold more than the process-wide window', () => {
  it('drops new connections until they hold less, and accepts them afterwards', async () => {
    const server = await serve(['--delay', '1h'], { NODE_OPTIONS: smallHeap });
    const windows = heapLimitBytes() / 4 / defaults.server.highWaterMarkBytes;
    const count = Math.ceil(1.5 * windows);
    const holders = await Promise.all(Array.from({ length: count }, () => Client.connect(server.port)));
    for (const { socket } of holders) socket.write(Buffer.alloc(100_000));
    await expect.poll(() => isAccepted(server.port), { timeout: 5_000 }).toBe(false);
    // The line may be printed after the connection was dropped.
    await expect.poll(server.printed, { timeout: 5_000 }).toMatch(/dropped 127\.0\.0\.1:\d+ at .*: memory/);
    for (const holder of holders) holder.reset();
    await expect.poll(() => isAccepted(server.port), { timeout: 5_000 }).toBe(true);
  });
});

/** Whether the server keeps a new connection rather than closing it at once. */
async function isAccepted(port: string): Promise<boolean> {
  const newcomer = await Client.connect(port);
  const isEnded = newcomer.ended().then(() => false);
  const isStaying = new Promise<boolean>((resolve) => setTimeout(resolve, 200, true));
  const stays = await Promise.race([isEnded, isStaying]);
  newcomer.reset();
  return stays;
}
