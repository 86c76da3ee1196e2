/** What the command promises in figures, held against the built command in a process of its own. */
import { once } from 'node:events';
import net from 'node:net';
import { setTimeout as elapse } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { serve } from '../support/command.js';
import { cpuSeconds, hasProcessFigures, openFiles, report, residentBytes } from '../support/process-figures.js';

const megabyte = 1_024 * 1_024;

const sockets = new Set<net.Socket>();

/** A client whose connection may break. */
async function client(port: string): Promise<net.Socket> {
  const socket = net.connect({ port: Number(port), host: '127.0.0.1', noDelay: true }).on('error', () => {});
  sockets.add(socket);
  await once(socket, 'connect');
  return socket;
}

afterEach(() => {
  for (const socket of sockets) socket.resetAndDestroy();
  sockets.clear();
});

const note = hasProcessFigures ? '' : ' (skipped: only Linux tells the figures of a process)';

describe('the figures of rxjs-tcp serve', () => {
  it('1 000 clients who come at once are answered from 5.0 s after the first came to 5.6 s, at an idle processor', async () => {
    const { port, pid } = await serve();
    const count = 1_000;
    const answers: Promise<number>[] = [];
    const connectedAt: number[] = [];
    await Promise.all(
      Array.from({ length: count }, async () => {
        const startedAt = performance.now();
        const socket = await client(port);
        connectedAt.push(startedAt);
        answers.push(once(socket, 'data').then(() => performance.now() - startedAt));
        socket.write('hello');
      }),
    );
    await elapse(1_000);
    const before = hasProcessFigures ? cpuSeconds(pid) : 0;
    await elapse(3_000);
    const busySeconds = hasProcessFigures ? cpuSeconds(pid) - before : 0;
    const waits = await Promise.all(answers);
    const first = Math.min(...connectedAt);
    const last = performance.now() - first;
    report(
      `1 000 clients: first answer ${Math.min(...waits).toFixed(0)} ms, last ${last.toFixed(0)} ms, busy ${busySeconds} s`,
    );
    expect(waits.length).toBe(count);
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(5_000);
    expect(last).toBeLessThanOrEqual(5_600);
    expect(busySeconds).toBeLessThanOrEqual(0.1);
  });

  it('after the delay a message is answered at once: in under 5 ms, the median of 101', async () => {
    const { port } = await serve(['--delay', '50ms']);
    const socket = await client(port);
    socket.write('first');
    await once(socket, 'data');
    const times: number[] = [];
    for (let round = 0; round < 101; round += 1) {
      const sentAt = performance.now();
      socket.write('again');
      await once(socket, 'data');
      times.push(performance.now() - sentAt);
    }
    const median = times.sort((a, b) => a - b)[50] as number;
    report(`a second message: ${median.toFixed(2)} ms, median of 101`);
    expect(median).toBeLessThan(5);
  });

  it.skipIf(!hasProcessFigures)(
    `10 000 connections that wait, each with a word sent, cost at most 8 KB of resident memory each${note}`,
    async () => {
      const { port, pid } = await serve(['--delay', '10m', '--quiet']);
      await waiting(port, 1_000); // what a process needs once is no connection's cost
      const base = residentBytes(pid);
      await waiting(port, 9_000);
      await elapse(500);
      const each = (residentBytes(pid) - base) / 9_000;
      report(`a waiting connection: ${each.toFixed(0)} bytes`);
      expect(each).toBeLessThanOrEqual(8 * 1_024);
      const files = openFiles(pid);
      const [victim] = sockets;
      victim?.resetAndDestroy();
      await expect.poll(() => openFiles(pid), { timeout: 1_000 }).toBe(files - 1);
    },
    60_000,
  );

  for (const flags of [[], ['--delay-per', 'chunk'], ['--delay', '0']]) {
    it.skipIf(!hasProcessFigures)(
      `a client that floods and never reads costs at most 64 MB, with ${flags.join(' ') || 'the defaults'}${note}`,
      async () => {
        const { port, pid } = await serve([...flags, '--write-timeout', 'off']);
        const idle = residentBytes(pid);
        const socket = (await client(port)).pause();
        let most = 0;
        for (const until = performance.now() + 6_500; performance.now() < until; await elapse(20)) {
          while (socket.writableLength < megabyte) socket.write(Buffer.alloc(65_536));
          most = Math.max(most, residentBytes(pid));
        }
        report(
          `a flooder who never reads, ${flags.join(' ') || 'defaults'}: ${((most - idle) / megabyte).toFixed(1)} MB`,
        );
        expect(most - idle).toBeLessThanOrEqual(64 * megabyte);
      },
    );
  }
});

async function waiting(port: string, count: number): Promise<void> {
  for (let opened = 0; opened < count; opened += 100) {
    await Promise.all(
      Array.from({ length: 100 }, async () => {
        (await client(port)).write('hello');
      }),
    );
  }
}
