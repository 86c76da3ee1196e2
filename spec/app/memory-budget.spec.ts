/** The memory budget of the built command, under a small heap. */
import { describe, expect, it } from 'vitest';
import { defaults } from '../../lib/index.js';
import { Client } from '../support/client.js';
import { serve } from '../support/command.js';

const oldGenerationMiB = 32;

describe('a server whose connections together hold too much', () => {
  it('drops new connections until they hold less, and accepts them after', async () => {
    const server = await serve(['--delay', '1h'], { NODE_OPTIONS: `--max-old-space-size=${oldGenerationMiB}` });
    const windows = (oldGenerationMiB * 1_048_576) / 4 / defaults.server.highWaterMarkBytes;
    const count = Math.ceil(1.5 * windows);
    const senders = await Promise.all(Array.from({ length: count }, () => Client.connect(server.port)));
    for (const { socket } of senders) socket.write(Buffer.alloc(100_000));
    await expect.poll(() => isKept(server.port), { timeout: 20_000 }).toBe(false);
    // What it prints may come after what it did.
    await expect.poll(server.printed, { timeout: 20_000 }).toMatch(/dropped 127\.0\.0\.1:\d+ at .*: memory/);
    for (const sender of senders) sender.reset();
    await expect.poll(() => isKept(server.port), { timeout: 20_000 }).toBe(true);
  });
});

/** Whether the server keeps a new connection, rather than ending it at once. */
async function isKept(port: string): Promise<boolean> {
  const newcomer = await Client.connect(port);
  const isEnded = newcomer.ended().then(() => false);
  const isStaying = new Promise<boolean>((resolve) => setTimeout(resolve, 200, true));
  const stays = await Promise.race([isEnded, isStaying]);
  newcomer.reset();
  return stays;
}
