/** examples/rate-limit.ts: ten lines a second from each client, and no queue of what a faster one sends. */
import { describe, expect, it } from 'vitest';
import { Client } from '../support/client.js';
import { serveExample } from '../support/command.js';

/** What the kernel holds for a client and a server at most. */
const mostBufferedBytes = 33_554_432;

describe('examples/rate-limit.ts', () => {
  it('answers each line a tenth of a second after the one before, and those of another client meanwhile', async () => {
    const { port } = await serveExample('rate-limit');
    const fast = await Client.connect(port);
    const other = await Client.connect(port);
    const startedAt = performance.now();
    fast.end('hello\n'.repeat(100));
    other.end('hello\n');
    const answer = 'you said hello\n';
    expect(String(await other.all())).toBe(answer);
    expect(fast.receivedBytes).toBeLessThan(100 * answer.length);
    await fast.bytes(6 * answer.length);
    expect(performance.now() - startedAt).toBeGreaterThan(490);
  });

  it('reads no further than its window from a client that sends more', async () => {
    const client = await Client.connect((await serveExample('rate-limit')).port);
    const line = `${'x'.repeat(1_000)}\n`;
    client.flood(Buffer.from(line.repeat(64)));
    await client.bytes(6 * `you said ${line}`.length);
    expect(client.acceptedBytes).toBeLessThan(mostBufferedBytes);
  });
});
