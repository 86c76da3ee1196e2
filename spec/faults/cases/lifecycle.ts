/** F: starting and stopping. */
import { expect } from 'vitest';
import type { Client } from '../../support/client.js';
import { elapse } from '../support/eventually.js';
import { fault } from '../support/fault.js';
import type { Server } from '../support/server.js';

const ends = 'server';

/** The exit status when connections were aborted. */
const cutStatus = 3;

async function status(server: Server): Promise<{ status: number | NodeJS.Signals; afterMs: number }> {
  const startedAt = performance.now();
  return { status: await server.exited, afterMs: performance.now() - startedAt };
}

async function secondSignal(server: Server, second: NodeJS.Signals): Promise<void> {
  await server.connect();
  await server.logged(1, 'opened');
  server.signal('SIGTERM');
  await server.logged(1, 'draining');
  server.signal(second);
  const end = await status(server);
  expect(end.status).toBe(cutStatus);
  expect(end.afterMs).toBeLessThanOrEqual(200);
}

/** What a client has received, and how its connection ended. */
async function outcome(client: Client): Promise<string> {
  const ending = await client.ended();
  return `${client.received}, ${ending}`;
}

export const lifecycle = [
  fault(
    'F50',
    'SIGTERM with 100 replies due: all 100 arrive, and the server exits with status 0 within D + 1 s',
    { flags: ['--delay', '1s'], ends },
    async (server) => {
      const clients = await server.connectAll(100);
      await Promise.all(clients.map((client) => client.send('hello')));
      await server.logged(100, 'opened');
      server.signal('SIGTERM');
      const end = await status(server);
      const replies = await Promise.all(clients.map(outcome));
      expect(replies).toEqual(clients.map(() => 'hello, ended'));
      expect(end.status).toBe(0);
      expect(end.afterMs).toBeLessThanOrEqual(2_000);
    },
  ),
  fault(
    'F51',
    'SIGTERM with peers that do not read or end: exit status 3 within the drain timeout + 0.5 s',
    { flags: ['--delay', '0', '--grace', '500ms'], ends },
    async (server) => {
      for (const client of await server.connectAll(5, { reads: false, keepsOpen: true })) client.flood();
      await server.connectAll(5, { keepsOpen: true });
      await server.logged(10, 'opened');
      await elapse(300);
      server.signal('SIGTERM');
      const end = await status(server);
      expect(end.status).toBe(cutStatus);
      expect(end.afterMs).toBeLessThanOrEqual(1_000);
    },
  ),
  ...(['SIGTERM', 'SIGINT'] as const).map((second) =>
    fault(
      'F52',
      `${second} after SIGTERM ends the server within 200 ms`,
      { flags: ['--delay', '1h', '--grace', '1h'], ends, alone: true },
      (server) => secondSignal(server, second),
    ),
  ),
  fault(
    'F55',
    'connections that wait in the accept queue when SIGTERM comes are all accepted and answered',
    { flags: ['--delay', '50'], ends },
    async (server) => {
      await server.block(300);
      const clients = await server.connectAll(5);
      await Promise.all(clients.map((client) => client.send('hello')));
      server.signal('SIGTERM');
      expect(await Promise.all(clients.map(outcome))).toEqual(clients.map(() => 'hello, ended'));
      expect(await server.exited).toBe(0);
      expect(server.count('opened')).toBe(clients.length);
    },
  ),
];
