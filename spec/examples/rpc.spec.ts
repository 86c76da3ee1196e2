/** examples/rpc.ts and rpc-client.ts: they call each other, and the server answers a socket of Node's. */
import { describe, expect, it } from 'vitest';
import type { Response } from '../../examples/rpc.js';
import { Client } from '../support/client.js';
import { runExample, serveExample } from '../support/command.js';

/** What the kernel holds for a client and a server at most; in a third of a second the server would read many times that. */
const mostBufferedBytes = 33_554_432;

function frame(message: object): Buffer {
  const text = JSON.stringify(message);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(text.length);
  return Buffer.concat([length, Buffer.from(text)]);
}

describe('examples/rpc.ts', () => {
  it('answers each request with its id as its result comes, an error where there is none', async () => {
    const client = await Client.connect((await serveExample('rpc')).port);
    const requests = [
      { id: 1, method: 'sleep', params: [200] },
      { id: 2, method: 'add', params: [2, 3, 4] },
      { id: 3, method: 'fly', params: [] },
      { id: 4, method: 'add' },
    ];
    client.end(Buffer.concat(requests.map(frame)));
    const responses = messagesIn(await client.all());
    expect(responses.at(-1)).toEqual({ id: 1, result: 'slept 200 ms' });
    expect(responses.toSorted((a, b) => a.id - b.id).slice(1)).toEqual([
      { id: 2, result: 9 },
      { id: 3, error: 'Error: no method fly' },
      { id: 4, error: expect.stringContaining('TypeError') },
    ]);
  });

  it('resets a client that sends no JSON, and no other', async () => {
    const { port } = await serveExample('rpc');
    const good = await Client.connect(port);
    const bad = await Client.connect(port);
    bad.send('\0\0\0\x01{');
    expect(await bad.ended()).toBe('reset');
    good.end(frame({ id: 1, method: 'add', params: [1] }));
    expect(messagesIn(await good.all())).toEqual([{ id: 1, result: 1 }]);
  });

  it('reads no further than its window while requests are under way', async () => {
    const client = await Client.connect((await serveExample('rpc')).port);
    client.flood(frame({ id: 1, method: 'sleep', params: [300], padding: 'x'.repeat(50_000) }));
    await client.bytes(3 * frame({ id: 1, result: 'slept 300 ms' }).length);
    expect(client.acceptedBytes).toBeLessThan(mostBufferedBytes);
  });
});

describe('examples/rpc-client.ts', () => {
  it('prints results as they come, and what gets none in time as an error', async () => {
    const { port } = await serveExample('rpc');
    const stdout = [
      'fly: Error: no method fly',
      'add 1 2: 3',
      'sleep 100: slept 100 ms',
      'sleep 5000: Timeout has occurred',
      '',
    ].join('\n');
    expect(await runExample('rpc-client', port)).toEqual({ status: 0, stdout, stderr: '' });
  });
});

function messagesIn(bytes: Buffer): Response[] {
  const messages: Response[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = at + 4 + bytes.readUInt32BE(at);
    messages.push(JSON.parse(String(bytes.subarray(at + 4, end))));
    at = end;
  }
  return messages;
}
