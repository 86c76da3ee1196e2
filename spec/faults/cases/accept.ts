/** D: accepting and its limits. */
import { once } from 'node:events';
import net from 'node:net';
import { expect } from 'vitest';
import type { Client } from '../../support/client.js';
import { command } from '../../support/command.js';
import { cpuSeconds } from '../../support/process-figures.js';
import { tcpTable, timeWait } from '../../support/tcp-table.js';
import { elapse, eventually } from '../support/eventually.js';
import { fault } from '../support/fault.js';
import { Server } from '../support/server.js';

const noDelay = ['--delay', '0'];

async function answers(client: Client, word = 'hello'): Promise<void> {
  const before = client.receivedBytes;
  client.socket.write(word);
  expect(String((await client.bytes(before + word.length)).subarray(before))).toBe(word);
}

/** The clients with a connection that is still open. */
const open = (clients: readonly Client[]): Client[] => clients.filter(({ ending }) => ending === undefined);

async function outOfFiles(server: Server, heldMs: number): Promise<void> {
  const first = await server.connectAll(5);
  await server.logged(5, 'opened');
  const shortSince = performance.now();
  const crowd = await server.connectAll(200);
  await eventually(
    () => `${open(crowd).length} of 200 still open`,
    () => open(crowd).length <= 50,
  );
  const busyBefore = cpuSeconds(server.pid);
  await elapse(heldMs);
  for (const client of first) await answers(client);
  await server.logged(1, 'warning'); // at most a second later, while the crowd still holds all descriptors
  const warnings = server.lines.filter(({ event }) => event === 'warning');
  expect(warnings).toMatchObject(warnings.map(() => ({ code: 'ERR_TOO_MANY_FILES' })));
  expect(warnings.length).toBeLessThanOrEqual((performance.now() - shortSince) / 1_000 + 1); // at most once a second
  expect((cpuSeconds(server.pid) - busyBefore) / (heldMs / 1_000)).toBeLessThanOrEqual(0.1);
  for (const client of crowd) client.reset();
  const releasedAt = performance.now();
  await eventually('a new connection is served', () => isServed(server), 1_000);
  expect(performance.now() - releasedAt).toBeLessThanOrEqual(1_000);
}

/** Whether a new connection is answered rather than closed. */
async function isServed(server: Server): Promise<boolean> {
  const client = await server.connect();
  client.socket.write('x');
  const served = (await client.bytes(1)).length === 1;
  client.reset();
  return served;
}

async function serveAfterStall(server: Server, count: number, ms: number): Promise<void> {
  server.signal('SIGSTOP');
  const clients = await server.connectAll(count);
  await elapse(ms);
  server.signal('SIGCONT');
  await Promise.all(clients.map((client) => answers(client)));
}

/** The message of a command that could not listen: one line, status 1. */
async function refusal(port: number): Promise<string> {
  const { status, stdout, stderr } = await command(['--port', String(port)]);
  expect([status, stdout]).toEqual([1, '']);
  expect(stderr).toMatch(/^rxjs-tcp: [^\n]+\n$/);
  return stderr;
}

export const accept = [
  fault(
    'F30',
    'of 70 clients with a limit of 20, 20 are served, 50 are reset within 100 ms, and a freed place is given to the next',
    { flags: [...noDelay, '--max-connections', '20'], atOnce: 20, alone: true },
    async (server) => {
      const clients = await server.connectAll(70);
      await eventually(
        () => `${open(clients).length} of 70 open`,
        () => open(clients).length === 20,
        100,
      );
      expect(clients.filter(({ ending }) => ending === 'reset').length).toBe(50);
      for (const client of open(clients)) await answers(client);
      open(clients)[0]?.reset();
      await eventually('the freed place is given to the next', () => isServed(server), 100);
    },
  ),
  fault(
    'F31',
    'with a limit of 1, one is served',
    { flags: [...noDelay, '--max-connections', '1'], atOnce: 1, warmUp: 10 },
    async (server) => {
      const only = await server.connect();
      await answers(only);
      expect(await (await server.connect()).ended()).toBe('reset');
      await answers(only);
    },
  ),
  ...(
    [
      ['fast', 1_000],
      ['long', 10_000],
    ] as const
  ).map(([tier, heldMs]) =>
    fault(
      'F32',
      `without file descriptors for ${heldMs / 1_000} s: the surplus is closed, the others are answered, the processor idles, a warning is logged`,
      { flags: [...noDelay, '--max-connections', '1000'], files: 64, atOnce: 10, tier },
      (server) => outOfFiles(server, heldMs),
    ),
  ),
  fault(
    'F33',
    'without file descriptors, taken by files: open connections are answered, new ones as soon as descriptors are free',
    { flags: noDelay, files: 400 },
    async (server) => {
      const client = await server.connect();
      await answers(client);
      await server.order('holdFiles');
      for (const late of await server.connectAll(20)) expect(await late.ended()).toBeDefined();
      await answers(client);
      await server.order('releaseFiles');
      await eventually('a new connection is served', () => isServed(server), 1_000);
    },
  ),
  ...(
    [
      ['fast', 300],
      ['long', 3_000],
    ] as const
  ).map(([tier, ms]) =>
    fault(
      'F34',
      `400 clients that connect while the process is stopped for ${ms} ms are all served`,
      { flags: noDelay, tier },
      (server) => serveAfterStall(server, 400, ms),
    ),
  ),
  fault(
    'F35',
    '2 000 clients that connect at once are all served, and delay no other client by more than 30 ms',
    { flags: noDelay, bystanderMs: 30, tier: 'long' },
    async (server) => {
      const clients = await server.connectAll(2_000);
      await Promise.all(clients.map((client) => answers(client)));
    },
  ),
  fault('F37', 'a second server on the same port exits with status 1 and one line', {}, async (server) => {
    expect(await refusal(server.port)).toContain('the address is in use');
  }),
  fault(
    'F38',
    'a port held by an outgoing connection, or by its TIME_WAIT, is reported as such, with the remedy',
    { flags: noDelay },
    async (server) => {
      const outgoing = net.connect(server.port, server.host).resume();
      await once(outgoing, 'connect');
      const port = outgoing.localPort ?? 0;
      const complaints = [await refusal(port)];
      await once(outgoing.end(), 'close');
      expect(statesOf(port)).toContain(timeWait);
      complaints.push(await refusal(port));
      for (const complaint of complaints) {
        expect(complaint).toContain('an outgoing connection holds it');
        expect(complaint).toContain('net.ipv4.ip_local_reserved_ports');
      }
    },
  ),
  fault(
    'F38',
    'a port with connections in TIME_WAIT is free at once for the next server',
    { flags: noDelay, ends: 'server' },
    async (server) => {
      const client = await server.connect();
      await server.logged(1, 'opened');
      server.signal('SIGTERM');
      await client.ended();
      await server.exited;
      expect(statesOf(server.port)).toContain(timeWait);
      const script = ['dist/app/main.js', 'serve', '--port', String(server.port), ...noDelay, '--reply', 'raw'];
      const successor = await Server.start({ before: [], host: server.host, script });
      await answers(await successor.connect()).finally(() => successor.kill());
    },
  ),
];

/** The states of the connections with this local port. */
function statesOf(port: number): string[] {
  return tcpTable(process.pid).flatMap(({ local, state }) => (local === port ? [state] : []));
}
