/** I: what a user's handler does. */
import { expect } from 'vitest';
import { fault } from '../support/fault.js';
import type { Server } from '../support/server.js';

const misdeeds = ['throws', 'rejects', 'errors', 'is no bytes'];

/** 99 connections echo, before and after the handler of another has failed. */
async function oneOfHundred(server: Server, word: string): Promise<void> {
  const [bad, ...good] = await server.connectAll(100);
  for (const client of good) client.socket.write('before;');
  bad?.socket.write(word);
  await Promise.all(good.map((client) => client.bytes(7)));
  const echoes = await Promise.all(good.map((client) => client.end('after').all()));
  expect(echoes.map(String)).toEqual(good.map(() => 'before;after'));
}

export const userCode = [
  ...misdeeds.map((misdeed) =>
    fault(
      'F67',
      `a handler that ${misdeed} in 1 of 100 connections ends that one, and is reported once`,
      { library: [{}, 'misbehaves'] },
      async (server) => {
        await oneOfHundred(server, `!${misdeed}`);
        await server.logged(1, 'closed', 'failed');
        expect(server.lines.filter(({ code }) => code === 'ERR_HANDLER_FAILED').length).toBe(1);
      },
    ),
  ),
  fault(
    'F67',
    'a handler that never answers 1 of 100 connections delays none of the others',
    { library: [{}, 'misbehaves'] },
    (server) => oneOfHundred(server, '!hangs'),
  ),
  fault(
    'F67',
    'a handler that throws when it is called ends only that connection',
    { library: [{}, 'throws at the call'], atOnce: 10, warmUp: 10 },
    async (server) => {
      const clients = await server.connectAll(100);
      for (const client of clients) client.socket.write('x');
      await Promise.all(clients.map((client) => client.bytes(1)));
      expect(clients.filter(({ receivedBytes }) => receivedBytes === 1).length).toBe(99);
      await server.logged(1, 'closed', 'failed');
    },
  ),
  fault(
    'F68',
    'a reader that takes one chunk and unsubscribes: one reply, then FIN',
    { library: [{}, 'answers once'] },
    async (server) => {
      const client = await server.connect({ keepsOpen: true });
      client.socket.write('first');
      expect(String(await client.all())).toBe('first');
      client.end('second');
      await server.logged(1, 'closed', 'ended');
    },
  ),
  fault(
    'F68',
    'bytes that arrive before a reader subscribes are not lost',
    { library: [{}, 'late'] },
    async (server) => {
      expect(String(await (await server.connect()).end('early').all())).toBe('early');
    },
  ),
  fault(
    'F68',
    'bytes that arrive between two readers are not lost',
    { library: [{ maxChunkBytes: 4 }, 'one reader after the other'] },
    async (server) => {
      expect(String(await (await server.connect()).end('one, two, three').all())).toBe('one, two, three');
    },
  ),
  fault(
    'F68',
    'a second reader beside the first fails the connection with ERR_CHUNKS_LOCKED',
    { library: [{}, 'two readers at once'] },
    async (server) => {
      await (await server.connect()).ended();
      await server.logged(1, 'closed', 'failed');
      expect(server.lines.filter(({ event }) => event === 'closed')).toMatchObject([{ cause: 'ERR_CHUNKS_LOCKED' }]);
    },
  ),
];
