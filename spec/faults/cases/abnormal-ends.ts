/** C: abnormal ends. */
import { once } from 'node:events';
import { expect } from 'vitest';
import { cpuSeconds } from '../../support/process-figures.js';
import { closeWait, finWait2 } from '../../support/tcp-table.js';
import { eventually } from '../support/eventually.js';
import { fault } from '../support/fault.js';
import { scripts } from '../support/scripts.js';
import type { Server } from '../support/server.js';

/** Sends an out-of-band byte between others, then nothing for a second. Prints the echo of the others. */
const outOfBand = `
s = connect()
s.sendall(b'ab')
time.sleep(0.1)
s.send(b'!', socket.MSG_OOB)
s.sendall(b'cd')
time.sleep(1)
s.shutdown(socket.SHUT_WR)
print(read_all(s).decode())
`;

async function goneBeforeAccepted(server: Server, count: number): Promise<void> {
  server.signal('SIGSTOP');
  const clients = await server.connectAll(count);
  await Promise.all(clients.map((client) => client.send('hello')));
  for (const client of clients) client.reset();
  await Promise.all(clients.map(({ socket }) => socket.closed || once(socket, 'close')));
  server.signal('SIGCONT');
}

/** Expects each connection to be either opened or dropped. */
async function accountsFor(server: Server, count: number): Promise<void> {
  const seen = () => server.count('opened') + server.count('dropped');
  await eventually(
    () => `${seen()} of ${count} seen`,
    () => seen() >= count,
  );
  expect(seen()).toBe(count);
}

export const abnormalEnds = [
  fault(
    'F22',
    'a reset when idle, during a stream and while a reply is due: the reason is reset, and nothing is left',
    { flags: ['--delay', '300', '--delay-per', 'chunk'], bystanderMs: 10 },
    async (server) => {
      const [idle, streaming, waiting] = await server.connectAll(3);
      streaming?.flood();
      waiting?.socket.write('hello');
      await server.logged(3, 'opened');
      await streaming?.bytes(1);
      for (const client of [idle, streaming, waiting]) client?.reset();
      await server.logged(3, 'closed', 'reset', 1_000);
    },
  ),
  fault(
    'F22',
    'a reset while a reply is due in an hour leaves no timer behind',
    { flags: ['--delay', '1h', '--delay-per', 'chunk'] },
    async (server) => {
      const client = await server.connect();
      await client.send('hello');
      await server.logged(1, 'opened');
      client.reset();
      await server.logged(1, 'closed', 'reset', 1_000);
    },
  ),
  fault(
    'F23',
    '2 000 connections that are reset at once, within 5 s, are each among the events',
    { library: [{}, 'identity'] },
    async (server) => {
      const startedAt = performance.now();
      for (let opened = 0; opened < 2_000; opened += 100) {
        for (const client of await server.connectAll(100)) client.reset();
      }
      expect(performance.now() - startedAt).toBeLessThanOrEqual(5_000);
      await accountsFor(server, 2_000);
    },
  ),
  fault(
    'F24',
    '50 peers that reset before they are accepted are each among the events',
    { library: [{}, 'identity'] },
    async (server) => {
      await goneBeforeAccepted(server, 50);
      await accountsFor(server, 50);
    },
  ),
  fault(
    'F25',
    'a client that is killed during an upload is closed within a second',
    { flags: ['--delay', '0'] },
    async (server) => {
      const uploader = server.helper(process.execPath, [scripts.pipePeer, String(server.port), server.host]);
      uploader.stdin?.write(Buffer.alloc(50_000_000));
      if (uploader.stdout) await once(uploader.stdout, 'data');
      uploader.kill('SIGKILL');
      await server.logged(1, 'closed', undefined, 1_000);
    },
  ),
  fault(
    'F26',
    'a client that keeps its side open after our FIN is closed at the half-close limit',
    { library: [{ halfCloseTimeoutMs: 500 }, 'answers once'] },
    async (server) => {
      const client = await server.connect({ keepsOpen: true });
      const askedAt = performance.now();
      client.socket.write('x');
      await client.all();
      await server.logged(1, 'closed', 'half-closed', 1_500);
      expect(performance.now() - askedAt).toBeGreaterThanOrEqual(500);
      const left = server.connections.filter(({ state }) => [finWait2, closeWait].includes(state));
      expect(left).toEqual([]);
    },
  ),
  fault(
    'F28',
    'an out-of-band byte changes nothing in the stream and costs no processor time',
    { flags: ['--delay', '0'], needs: ['python3'] },
    async (server) => {
      const before = cpuSeconds(server.pid);
      expect(await server.python(outOfBand)).toBe('abcd');
      expect(cpuSeconds(server.pid) - before).toBeLessThanOrEqual(0.05 * 1.1);
    },
  ),
  fault(
    'F29',
    'a connection that is aborted with its send buffer full is closed once',
    { library: [{ maxLifetimeMs: 300 }, 'amplifies'] },
    async (server) => {
      const client = await server.connect({ reads: false });
      for (let sent = 0; sent < 20; sent += 1) await client.send('x');
      await server.logged(1, 'closed', 'lifetime', 1_300);
    },
  ),
];
