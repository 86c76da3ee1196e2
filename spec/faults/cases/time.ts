/** E: time, and what is between client and server. */
import { randomBytes } from 'node:crypto';
import net from 'node:net';
import { expect } from 'vitest';
import { Client } from '../../support/client.js';
import { elapse } from '../support/eventually.js';
import { fault } from '../support/fault.js';
import type { Server } from '../support/server.js';

/** How long each of so many rounds of 40 clients took, from before the sending to the reply. */
async function replyTimes(server: Server, rounds: number): Promise<number[]> {
  const times: number[] = [];
  const clients = await server.connectAll(40);
  const ask = async (client: Client): Promise<void> => {
    for (let round = 1; round <= rounds; round += 1) {
      const sentAt = performance.now();
      client.socket.write('x');
      await client.bytes(round);
      times.push(performance.now() - sentAt);
    }
  };
  await Promise.all(clients.map(ask));
  return times;
}

/** A proxy that forwards 1 to 7 bytes at a time, 0 to 5 ms apart, both ways. */
function slicer(port: number): Promise<net.Server> {
  const slice = async (from: net.Socket, to: net.Socket): Promise<void> => {
    for await (const chunk of from.iterator({ destroyOnReturn: false })) {
      for (let rest: Buffer = chunk; rest.length > 0; await elapse(Math.random() * 5)) {
        const size = 1 + Math.floor(Math.random() * 7);
        to.write(rest.subarray(0, size));
        rest = rest.subarray(size);
      }
    }
    to.end();
  };
  const proxy = net.createServer({ allowHalfOpen: true }, (client) => {
    const server = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    void slice(client, server);
    void slice(server, client);
  });
  return new Promise((resolve) => proxy.listen(0, '127.0.0.1', () => resolve(proxy)));
}

export const time = [
  ...(
    [
      ['fast', 50],
      ['long', 250],
    ] as const
  ).map(([tier, rounds]) =>
    fault(
      'F39',
      `none of ${40 * rounds} replies is early`,
      { flags: ['--delay', '15', '--delay-per', 'chunk'], tier },
      async (server) => {
        expect(Math.min(...(await replyTimes(server, rounds)))).toBeGreaterThanOrEqual(14);
      },
    ),
  ),
  fault(
    'F40',
    'a silent client is closed at the idle limit, an active one is not',
    { flags: ['--delay', '0', '--idle-timeout', '500ms'] },
    async (server) => {
      const [silent, active] = await server.connectAll(2);
      const startedAt = performance.now();
      const talk = setInterval(() => active?.socket.write('x'), 400);
      await silent?.ended();
      const closedAfter = performance.now() - startedAt;
      await active?.bytes(4);
      clearInterval(talk);
      expect(active?.ending).toBeUndefined();
      expect([closedAfter >= 480, closedAfter <= 1_500]).toEqual([true, true]);
    },
  ),
  fault(
    'F41',
    'a client that never idles is closed at the lifetime limit',
    { library: [{ maxLifetimeMs: 4_000, idleTimeoutMs: 1_000 }, 'identity'], tier: 'long' },
    async (server) => {
      const client = await server.connect();
      const startedAt = performance.now();
      const trickle = setInterval(() => client.socket.write('x'), 900);
      await client.ended();
      clearInterval(trickle);
      const closedAfter = performance.now() - startedAt;
      expect([closedAfter >= 3_980, closedAfter <= 5_000]).toEqual([true, true]);
      await server.logged(1, 'closed', 'lifetime');
    },
  ),
  fault(
    'F47',
    'through a proxy that splits the bytes anywhere, the echo is the same bytes',
    { flags: ['--delay', '20'] },
    async (server) => {
      const proxy = await slicer(server.port);
      const sent = randomBytes(500);
      const client = await Client.connect((proxy.address() as net.AddressInfo).port);
      const echoed = await client.end(sent).all();
      proxy.close();
      expect(echoed.equals(sent)).toBe(true);
    },
  ),
  fault(
    'F48',
    'a reset after 0 to 200 bytes closes one connection each, with the reason reset',
    { flags: ['--delay', '30', '--delay-per', 'chunk'] },
    async (server) => {
      const clients = await server.connectAll(201);
      await server.logged(201, 'opened');
      await Promise.all(clients.map((client, length) => client.send('x'.repeat(length))));
      for (const client of clients) client.reset();
      await server.logged(201, 'closed', 'reset', 1_000);
    },
  ),
  fault(
    'F49',
    'a handler that blocks for 300 ms delays others by at most 320 ms, and afterwards not at all',
    { library: [{}, 'blocks'], bystanderMs: 320, tier: 'long' },
    async (server) => {
      const [blocking, other] = await server.connectAll(2);
      blocking?.socket.write('!');
      await blocking?.bytes(1);
      const times: number[] = [];
      for (let round = 1; round <= 20; round += 1) {
        const sentAt = performance.now();
        other?.socket.write('x');
        await other?.bytes(round);
        times.push(performance.now() - sentAt);
      }
      expect(times.sort((a, b) => a - b)[10]).toBeLessThanOrEqual(20);
    },
  ),
];
