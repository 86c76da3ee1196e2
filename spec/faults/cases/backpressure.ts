/** B: backpressure and memory. */
import { once } from 'node:events';
import net from 'node:net';
import { expect } from 'vitest';
import type { Client } from '../../support/client.js';
import { report, residentBytes } from '../../support/process-figures.js';
import { elapse, eventually } from '../support/eventually.js';
import { fault, thorough } from '../support/fault.js';
import { dribblers, neverReaders, slowReader } from '../support/python-peers.js';
import type { Server } from '../support/server.js';

const megabyte = 1_048_576;
const soon = ['--delay', '5', '--delay-per', 'chunk'];
const perChunk = ['--delay', '20', '--delay-per', 'chunk'];

/** Floods without reading, for at least that long and until the server has read nothing more for half a second. */
async function floodUnread(server: Server, ms: number): Promise<void> {
  const client = await server.connect({ reads: false });
  client.flood();
  await elapse(ms);
  let accepted = -1;
  const stands = async (): Promise<boolean> => {
    const before = accepted;
    accepted = client.acceptedBytes;
    if (accepted !== before) await elapse(500);
    return accepted === before;
  };
  await eventually(() => `the server stops after ${accepted} bytes`, stands, 2_000);
}

async function floodByFour(server: Server, ms: number): Promise<void> {
  const clients = [...(await server.connectAll(2)), ...(await server.connectAll(2, { reads: false }))];
  for (const client of clients) client.flood();
  await elapse(ms);
}

async function cutNeverReaders(server: Server, count: number, seconds: number): Promise<void> {
  const before = server.count('closed', 'stalled');
  expect(await server.python(neverReaders(count, seconds))).toBe(String(count));
  await server.logged(before + count, 'closed', 'stalled');
}

/** Peers dribble into a delay for that long, and a client that came before them is answered, with what it sends meanwhile. */
async function outlastDribblers(server: Server, count: number, seconds: number, untilRefused = false): Promise<void> {
  const bystander = await server.connect();
  let pings = 0;
  const ping = (): void => {
    bystander.socket.write('?');
    pings += 1;
  };
  ping();
  const pinging = setInterval(ping, 500);
  const kept = await server.python(dribblers(count, seconds, untilRefused)).finally(() => clearInterval(pinging));
  report(
    `${count} dribblers: ${kept} kept, ${server.droppedPeers} dropped, ${residentBytes(server.pid) / megabyte} MB`,
  );
  const answers = () => `${bystander.receivedBytes} of ${pings} answers`;
  await eventually(answers, () => bystander.receivedBytes === pings, 30_000);
  // A peer's FIN is not its end: the first reply is due a delay after the peer's first byte, which may be its last.
  const over = () => server.count('opened') - server.count('closed') === 1;
  await eventually(() => `${server.count('closed')} of ${server.count('opened') - 1} dribblers closed`, over, 30_000);
}

/** No other reason than `memory` keeps a peer out. */
async function refuseDribblers(server: Server, count: number, seconds: number): Promise<void> {
  await outlastDribblers(server, count, seconds, true);
  expect(server.droppedPeers).toBeGreaterThan(0);
  expect(server.count('dropped')).toBe(server.count('dropped', 'memory'));
}

/** A client of the server's process that has 300 MiB to send to a peer that does not read. */
async function feedClient(server: Server): Promise<void> {
  const peers: net.Socket[] = [];
  const unread = net.createServer((socket) => peers.push(socket.pause().on('error', () => {}))).listen(0, '127.0.0.1');
  await once(unread, 'listening');
  const feeder = await server.connect();
  feeder.socket.write(String((unread.address() as net.AddressInfo).port));
  await once(unread, 'connection');
  const newcomer = await server.connect();
  newcomer.socket.write('0');
  expect(String(await newcomer.bytes(1))).toBe('0');
  for (const peer of peers) peer.destroy();
  unread.close();
}

/** Connections that open, are answered and close, every second one by a reset. */
async function churn(server: Server, count: number): Promise<void> {
  let begun = 0;
  const comeAndGo = async (): Promise<void> => {
    while (begun < count) {
      const resets = begun++ % 2 === 0;
      const client = await server.connect();
      client.socket.write('x');
      await client.bytes(1);
      if (resets) client.reset();
      else await client.end().all();
    }
  };
  await Promise.all(Array.from({ length: 8 }, comeAndGo));
}

/** The memory behind so many connections, once the collector has run: before, it rises and falls by 6 MB whatever is alive. */
async function churnAndCollect(server: Server, count: number): Promise<number> {
  await churn(server, count);
  await server.order('collect');
  return residentBytes(server.pid);
}

/** Measures one after another. */
async function series(count: number, measure: () => Promise<number>): Promise<number[]> {
  const values: number[] = [];
  while (values.length < count) values.push(await measure());
  return values;
}

async function meanOf(count: number, measure: () => Promise<number>): Promise<number> {
  const values = await series(count, measure);
  return values.reduce((sum, value) => sum + value, 0) / count;
}

/** Connections of another server, which the kernel keeps in TIME_WAIT for a minute after their end. */
async function leaveTimeWaits(count: number): Promise<void> {
  const elsewhere = net.createServer((socket) => socket.on('error', () => {}).end()).listen(0, '127.0.0.1');
  await once(elsewhere, 'listening');
  const { port } = elsewhere.address() as net.AddressInfo;
  for (let left = 0; left < count; left += 100) {
    const clients = Array.from({ length: 100 }, () => net.connect(port, '127.0.0.1').resume());
    await Promise.all(clients.map((client) => once(client, 'close')));
  }
  elsewhere.close();
}

export const backpressure = [
  fault(
    'F11',
    'a flooder that never reads is not read from any more, and no other client is delayed',
    { flags: soon, bystanderMs: 10, warmUp: thorough },
    (server) => floodUnread(server, 1_000),
  ),
  fault(
    'F11',
    'a flooder that never reads, for 30 s, is not read from any more, and no other client is delayed',
    { flags: [...perChunk, '--write-timeout', 'off'], bystanderMs: 10, memoryBytes: 32 * megabyte, tier: 'long' },
    (server) => floodUnread(server, 30_000),
  ),
  fault(
    'F11',
    'a flooder that never reads delays no other client beside 20 000 connections in TIME_WAIT',
    { flags: perChunk, bystanderMs: 10, warmUp: thorough, tier: 'long' },
    async (server) => {
      await leaveTimeWaits(20_000);
      await floodUnread(server, 10_000);
    },
  ),
  fault(
    'F12',
    'four flooders, of which two never read, delay no other client by more than 10 ms',
    { flags: perChunk, bystanderMs: 10, warmUp: thorough },
    (server) => floodByFour(server, 1_200),
  ),
  fault(
    'F12',
    'four flooders, of which two never read, delay no other client by more than 10 ms in 30 s',
    { flags: perChunk, bystanderMs: 10, warmUp: thorough, tier: 'long' },
    (server) => floodByFour(server, 30_000),
  ),
  fault(
    'F13',
    '20 clients that never read are closed at the write limit',
    { flags: [...soon, '--write-timeout', '1s'], needs: ['python3'], warmUp: thorough, tier: 'long' },
    (server) => cutNeverReaders(server, 20, 8),
  ),
  fault(
    'F13',
    '300 clients that never read cost at most 512 KiB each more than 100 do, and are closed at the write limit',
    { flags: [...perChunk, '--write-timeout', '12s'], needs: ['python3'], warmUp: thorough, tier: 'long' },
    async (server) => {
      await cutNeverReaders(server, 100, 60);
      const before = server.peakBytes; // with the garbage of a busy heap, up to 64 MB of Buffers however many are at it
      await cutNeverReaders(server, 300, 60);
      expect((server.peakBytes - before) / 200 / 1_024).toBeLessThanOrEqual(512);
    },
  ),
  ...(
    [
      ['fast', 40_000],
      ['long', 300_000],
    ] as const
  ).map(([tier, count]) =>
    fault(
      'F14',
      `${count} single bytes during a delay of 5 s: the reading pauses, at most 64 MB of memory`,
      { flags: ['--delay', '5s', '--delay-per', 'chunk'], memoryBytes: 64 * megabyte, tier },
      async (server) => {
        const before = await server.report();
        const client = await server.connect();
        await client.dribble(count, 0.02);
        let pauses = 0;
        const isPaused = async (): Promise<boolean> => {
          pauses = (await server.report()).pauses - before.pauses;
          return pauses > 0 && server.unreadBytes(client) > 0;
        };
        await eventually(() => `the reading pauses, which it has done ${pauses} times`, isPaused, 1_000);
      },
    ),
  ),
  fault(
    'F74',
    '3 000 peers that dribble into a delay under a heap of 32 MB: the server is alive, and answers a client that came before',
    { library: [{}, 'echo 5 s later'], heapMebibytes: 32, needs: ['python3'] },
    (server) => outlastDribblers(server, 3_000, 5),
  ),
  fault(
    'F74',
    '1 000 peers that dribble into a delay under a heap of 48 MB for 60 s: the server is alive, and answers a client that came before',
    { library: [{}, 'echo 20 s later'], heapMebibytes: 48, needs: ['python3'], tier: 'long' },
    (server) => outlastDribblers(server, 1_000, 60),
  ),
  fault(
    'F74',
    '12 000 peers that dribble into a delay under a heap of 128 MB for 60 s: the server is alive, and answers a client that came before',
    { library: [{}, 'echo 20 s later'], heapMebibytes: 128, needs: ['python3'], tier: 'long' },
    (server) => outlastDribblers(server, 12_000, 60),
  ),
  fault(
    'F74',
    '3 000 peers that dribble into a delay in a container of 160 MB: the server is alive, and refuses newcomers for want of memory',
    { flags: ['--delay', '5s', '--delay-per', 'chunk'], containerMebibytes: 160, needs: ['python3', 'memoryGroup'] },
    (server) => refuseDribblers(server, 3_000, 5),
  ),
  fault(
    'F74',
    '12 000 peers that dribble into a delay in a container of 256 MB for 60 s: the server is alive, and refuses newcomers for want of memory',
    { library: [{}, 'echo 20 s later'], containerMebibytes: 256, needs: ['python3', 'memoryGroup'], tier: 'long' },
    (server) => refuseDribblers(server, 12_000, 60),
  ),
  fault(
    'F75',
    'a client of the process that has 300 MiB to send to a peer that never reads: the server accepts newcomers',
    { library: [{}, 'feeds a client'], memoryBytes: 400 * megabyte },
    feedClient,
  ),
  fault(
    'F15',
    'unread replies of 35 bytes to single bytes are counted: the memory is bounded',
    { flags: [...soon, '--max-chunk', '1', '--reply', `${'#'.repeat(34)}{data}`], warmUp: thorough, tier: 'long' },
    (server) => floodUnread(server, 500),
  ),
  fault(
    'F16',
    'a reader of 60 KB/s under a write limit of 0.5 s loses nothing and is not closed',
    { flags: [...perChunk, '--write-timeout', '500ms'], needs: ['python3'], tier: 'long' },
    async (server) => expect(await server.python(slowReader(120_000, 1 / 60))).toBe('120000'),
  ),
  fault(
    'F16',
    'a reader of 1 KB/s under the default write limit loses nothing and is not closed in 2 min',
    { flags: perChunk, needs: ['python3'], tier: 'long' },
    async (server) => expect(await server.python(slowReader(120_000, 1))).toBe('120000'),
  ),
  fault(
    'F17',
    'a flooder that reads in the end receives all that it sent, and each pause has its resume',
    { flags: perChunk },
    async (server) => {
      const before = await server.report();
      const client = await server.connect({ reads: false });
      const stop = client.flood();
      await eventually('a pause', async () => (await server.report()).pauses > before.pauses);
      stop();
      client.read();
      const echoed = await client.end().all();
      const after = await server.report();
      expect(echoed.length).toBe(client.socket.bytesWritten);
      expect(after.resumes - before.resumes).toBe(after.pauses - before.pauses);
    },
  ),
  fault(
    'F18',
    'a reader with a varying pace causes at most 2 pauses for each window of data',
    { flags: perChunk, tier: 'long' },
    async (server) => {
      const { pauses } = await server.report();
      const client = await server.connect({ reads: false });
      client.readSlowly((second) => 4 * megabyte * (1.05 + Math.sin(second * 4 * Math.PI)));
      const stop = client.flood();
      await elapse(1_000);
      stop();
      client.read();
      client.socket.resume();
      const { length } = await client.end().all();
      expect((await server.report()).pauses - pauses).toBeLessThanOrEqual((2 * length) / 65_536);
    },
  ),
  fault(
    'F19',
    '5 000 idle connections are accepted within 5 s and cost at most 10 KB each',
    { tier: 'long', warmUp: thorough },
    async (server) => {
      const before = residentBytes(server.pid);
      const startedAt = performance.now();
      const clients: Client[] = [];
      while (clients.length < 5_000) clients.push(...(await server.connectAll(500)));
      await server.logged(5_000, 'opened');
      expect(performance.now() - startedAt).toBeLessThanOrEqual(5_000);
      await elapse(1_000);
      expect((residentBytes(server.pid) - before) / 5_000).toBeLessThanOrEqual(10_240);
      // In rows, for the log keeps no more than 1 MiB for its reader.
      for (let closed = 0; closed < 5_000; await server.logged(closed, 'closed')) {
        for (const client of clients.slice(closed, closed + 500)) client.reset();
        closed += 500;
      }
    },
  ),
  fault(
    'F20',
    '2 000 connections that open and close, half of them by a reset, leave nothing open',
    { flags: ['--delay', '0'], warmUp: thorough },
    (server) => churn(server, 2_000),
  ),
  fault(
    'F20',
    '104 000 connections that open and close, half of them by a reset: from 24 000 on each 16 000 add at most 2 MB',
    // Beside that, what C4 allows after load: 60 MB.
    { flags: ['--delay', '0'], memoryBytes: 60 * megabyte, tier: 'long' },
    async (server) => {
      await churn(server, 24_000);
      const levels = await series(5, () => meanOf(8, () => churnAndCollect(server, 2_000)));
      const growths = levels.slice(1).map((level, index) => (level - (levels[index] as number)) / megabyte);
      report(`growth in each 16 000 connections: ${growths.map((growth) => growth.toFixed(1)).join(', ')} MB`);
      expect(Math.max(...growths)).toBeLessThanOrEqual(2);
    },
  ),
  fault(
    'F21',
    'once the send buffer of the kernel is full, at most one more write is made',
    { flags: perChunk, tier: 'long' },
    async (server) => {
      const client = await server.connect({ reads: false });
      client.flood();
      await elapse(1_000);
      expect((await server.report()).mostWritesPastFalse).toBeLessThanOrEqual(1);
    },
  ),
];
