/** J: traps that were measured before the first line was written. */
import { expect } from 'vitest';
import { run } from '../../support/command.js';
import { cpuSeconds } from '../../support/process-figures.js';
import { elapse } from '../support/eventually.js';
import { fault } from '../support/fault.js';
import type { Server } from '../support/server.js';

/** The server's log goes to a terminal that is read up to the port and then no more. Prints how many were echoed. */
const unreadTerminal = (connections: number) => `
import os, pty, re, socket, subprocess, sys
master, slave = pty.openpty()
server = subprocess.Popen([sys.argv[1], 'dist/app/main.js', '--port', '0', '--delay', '0', '--reply', 'raw'], stdout=slave)
try:
    text = b''
    while not (found := re.search(rb'listening\\S* on \\S*:(\\d+)', text)): text += os.read(master, 1000)
    echoed = 0
    for _ in range(${connections}):
        with socket.create_connection(('127.0.0.1', int(found[1])), 2) as s:
            s.settimeout(2)
            s.sendall(b'x')
            echoed += s.recv(1) == b'x'
    print(echoed)
finally:
    server.kill()
`;

/** Measures a reply and the idle limit while the wall clock jumps. */
async function underJump(server: Server, ms: number): Promise<void> {
  const [client, silent] = await server.connectAll(2);
  const startedAt = performance.now();
  client?.socket.write('x');
  await elapse(100);
  await server.order('shiftWallClock', ms);
  await client?.bytes(1);
  const repliedAfter = performance.now() - startedAt;
  await silent?.ended();
  const closedAfter = performance.now() - startedAt;
  expect([repliedAfter >= 299, repliedAfter <= 320], `a reply after ${repliedAfter} ms`).toEqual([true, true]);
  expect([closedAfter >= 980, closedAfter <= 1_020], `closed after ${closedAfter} ms`).toEqual([true, true]);
}

async function bridge(server: Server, ms: number): Promise<void> {
  const [left, right] = await server.connectAll(2, { reads: false });
  if (left === undefined || right === undefined) return;
  left.socket.pipe(right.socket).pipe(left.socket);
  const busyBefore = cpuSeconds(server.pid);
  left.socket.write('x');
  await elapse(ms);
  expect((cpuSeconds(server.pid) - busyBefore) / (ms / 1_000), 'cores busy').toBeLessThanOrEqual(0.5);
}

export const traps = [
  fault(
    'F69',
    'a terminal that is not read does not delay 3 000 connections',
    { needs: ['python3'], tier: 'long' },
    async () => {
      const { stdout, stderr } = await run('python3', ['-c', unreadTerminal(3_000), process.execPath]);
      expect([stdout, stderr]).toEqual(['3000\n', '']);
    },
  ),
  ...[-3_600_000, 3_600_000].map((ms) =>
    fault(
      'F71',
      `a wall clock that jumps by ${ms / 3_600_000} h changes no delay and no limit`,
      { flags: ['--delay', '300', '--delay-per', 'chunk', '--idle-timeout', '1s'], alone: true, tier: 'long' },
      (server) => underJump(server, ms),
    ),
  ),
  fault(
    'F72',
    'without file descriptors for 10 s, the log and the echo go on',
    { flags: ['--delay', '0'], files: 400, tier: 'long' },
    async (server) => {
      const client = await server.connect();
      await server.order('holdFiles');
      for (let second = 1; second <= 10; second += 1) {
        client.socket.write('x');
        await client.bytes(second);
        for (const late of await server.connectAll(5)) await late.ended();
        await elapse(1_000);
      }
      await server.order('releaseFiles');
      expect(client.receivedBytes).toBe(10);
    },
  ),
  fault(
    'F73',
    'two connections that echo each other for 30 s cost neither memory nor processor time, and delay no other client',
    {
      flags: ['--delay', '10', '--delay-per', 'chunk', '--reply', `${'#'.repeat(35)}{data}`],
      bystanderMs: 10,
      memoryBytes: 32 * 1_048_576,
      tier: 'long',
    },
    (server) => bridge(server, 30_000),
  ),
];
