/** A: data integrity and order. */
import { createHash, randomBytes } from 'node:crypto';
import { expect } from 'vitest';
import { elapse } from '../support/eventually.js';
import { fault } from '../support/fault.js';
import type { Server } from '../support/server.js';

const megabyte = 1_048_576;

const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** Sends the bytes and FIN, and expects the same bytes and FIN. */
async function echoes(server: Server, bytes: Buffer, readBytesPerSecond?: number): Promise<void> {
  const client = await server.connect({ reads: readBytesPerSecond === undefined });
  if (readBytesPerSecond !== undefined) client.readSlowly(readBytesPerSecond);
  const echoed = await client.end(bytes).all();
  expect([echoed.length, digest(echoed)]).toEqual([bytes.length, digest(bytes)]);
}

/** A client's FIN within 2 ms of the instant at which its reply is due. */
async function endsWhenDue(server: Server, offsetMs: number): Promise<void> {
  const client = await server.connect();
  client.socket.write('hello');
  await elapse(50 + offsetMs);
  expect(String(await client.end().all())).toBe('hello');
}

async function endAllWhenDue(server: Server, rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round += 1) {
    await Promise.all(Array.from({ length: 50 }, (_, index) => endsWhenDue(server, (index % 5) - 2)));
  }
}

/** 1 000 numbered chunks in one turn of the loop. */
async function keepsOrder(server: Server): Promise<void> {
  const client = await server.connect();
  const chunks = Array.from({ length: 1_000 }, (_, index) => `${index};`);
  for (const chunk of chunks) client.socket.write(chunk);
  expect(String(await client.end().all())).toBe(chunks.join(''));
}

async function echoesMessages(server: Server, count: number): Promise<void> {
  const client = await server.connect();
  const messages = Array.from({ length: count }, (_, index) => `${index};`);
  for (const [index, message] of messages.entries()) {
    client.socket.write(message);
    if (index % 64 === 0) await new Promise(setImmediate);
  }
  expect(String(await client.end().all())).toBe(messages.join(''));
}

/** Sends FIN in the last segment of the data, which Node never does. */
const corked = (bytes: number) => `
s = connect()
s.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 1)
sent = os.urandom(${bytes})
s.sendall(sent)
s.shutdown(socket.SHUT_WR)
print(read_all(s) == sent)
`;

export const integrity = [
  fault(
    'F01',
    'a client that sends a word and FIN receives the word and FIN within D + 200 ms',
    { flags: ['--delay', '300'], alone: true },
    async (server) => {
      const startedAt = performance.now();
      const client = (await server.connect()).end('hello');
      expect(String(await client.all())).toBe('hello');
      expect(performance.now() - startedAt).toBeLessThanOrEqual(500);
    },
  ),
  fault(
    'F02',
    '1 MB and FIN, to a client that reads 1 MB/s: every byte, then FIN',
    { flags: ['--delay', '0'] },
    (server) => echoes(server, randomBytes(megabyte), megabyte),
  ),
  fault(
    'F02',
    '5 MB and FIN, to a client that reads 1 MB/s: every byte, then FIN',
    { flags: ['--delay', '0'], tier: 'long' },
    (server) => echoes(server, randomBytes(5 * megabyte), megabyte),
  ),
  fault(
    'F03',
    'FIN in the same segment as 1 byte, and after 64 KiB: all bytes, once',
    { flags: ['--delay', '20'], needs: ['python3'] },
    async (server) => {
      expect(await Promise.all([server.python(corked(1)), server.python(corked(65_536))])).toEqual(['True', 'True']);
    },
  ),
  fault(
    'F04',
    '10 000 single bytes come back in order',
    { flags: ['--delay', '5', '--delay-per', 'chunk'] },
    async (server) => {
      const client = await server.connect();
      await client.dribble(10_000, 0.01);
      const sent = Buffer.from(Array.from({ length: 10_000 }, (_, index) => index % 251));
      expect((await client.end().all()).equals(sent)).toBe(true);
    },
  ),
  fault(
    'F05',
    'a burst of 4 MiB in one write: the same bytes, and at most 32 MB of memory',
    { flags: ['--delay', '10', '--delay-per', 'chunk'], memoryBytes: 32 * megabyte },
    (server) => echoes(server, randomBytes(4 * megabyte)),
  ),
  fault(
    'F05',
    'a burst of 64 MiB in one write: the same bytes, and at most 32 MB of memory',
    { flags: ['--delay', '10', '--delay-per', 'chunk'], memoryBytes: 32 * megabyte, tier: 'long' },
    (server) => echoes(server, randomBytes(64 * megabyte)),
  ),
  fault(
    'F06',
    'all byte values, NUL, 0x1A, broken UTF-8 split anywhere: the same bytes',
    { flags: ['--delay', '0'] },
    async (server) => {
      const client = await server.connect();
      const odd = Buffer.from([
        0xf0, 0x9f, 0x98, 0x80, 0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80, 0xff, 0xfe, 0x00, 0x1a, 0x0d, 0x0a,
      ]);
      const sent = Buffer.concat([Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)), odd]);
      for (const [index, byte] of sent.entries()) {
        await client.send(Buffer.of(byte));
        if (index % 3 === 0) await client.bytes(index + 1);
      }
      expect((await client.end().all()).equals(sent)).toBe(true);
    },
  ),
  fault('F07', '1 000 chunks in one turn with D = 0 keep their order', { flags: ['--delay', '0'] }, keepsOrder),
  fault(
    'F07',
    '1 000 chunks in one turn with D = 1 ms for each keep their order',
    { flags: ['--delay', '1', '--delay-per', 'chunk', '--max-chunk', '7'] },
    keepsOrder,
  ),
  fault('F08', '20 000 messages with D = 0: none lost, none out of order', { flags: ['--delay', '0'] }, (server) =>
    echoesMessages(server, 20_000),
  ),
  fault(
    'F08',
    '100 000 messages with D = 0: none lost, none out of order',
    { flags: ['--delay', '0'], bystanderMs: 10, tier: 'long' },
    (server) => echoesMessages(server, 100_000),
  ),
  fault(
    'F09',
    'FIN within 2 ms of the reply, 100 times: the full reply, then FIN',
    { flags: ['--delay', '50', '--delay-per', 'chunk'] },
    (server) => endAllWhenDue(server, 2),
  ),
  fault(
    'F09',
    'FIN within 2 ms of the reply, 1 000 times: the full reply, then FIN',
    { flags: ['--delay', '50'], tier: 'long' },
    (server) => endAllWhenDue(server, 20),
  ),
];
