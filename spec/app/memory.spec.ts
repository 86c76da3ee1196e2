/** The memory of the built command, in a process of its own. */
import { setTimeout as elapse } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Client } from '../support/client.js';
import { serve } from '../support/command.js';
import { hasProcessFigures, openFiles, report, residentBytes } from '../support/process-figures.js';

const megabyte = 1_024 * 1_024;
const note = hasProcessFigures ? '' : ' (skipped: only Linux has /proc)';

describe.skipIf(!hasProcessFigures)(`the memory of rxjs-tcp serve${note}`, () => {
  it('10 000 connections that wait with a word sent take at most 8 KB each, and a reset frees one within a second', async () => {
    const { port, pid } = await serve(['--delay', '10m', '--quiet']);
    await waiting(port, 1_000); // what the process needs once is not counted
    const base = residentBytes(pid);
    const [victim] = await waiting(port, 9_000);
    await elapse(500);
    const each = (residentBytes(pid) - base) / 9_000;
    report(`a waiting connection: ${each.toFixed(0)} bytes`);
    expect(each).toBeLessThanOrEqual(8 * 1_024);
    const files = openFiles(pid);
    victim?.reset();
    await expect.poll(() => openFiles(pid), { timeout: 1_000 }).toBe(files - 1);
  });

  it('a client that sends without end and never reads takes at most 64 MB, with each kind of delay', async () => {
    const settings = [[], ['--delay-per', 'chunk'], ['--delay', '0']];
    const costs = await Promise.all(settings.map((flags) => flooded(flags)));
    for (const [index, flags] of settings.entries()) {
      const name = flags.join(' ') || 'defaults';
      const cost = costs[index] as number;
      report(`a flooder that never reads, ${name}: ${(cost / megabyte).toFixed(1)} MB`);
      expect(cost / megabyte, `MB, with ${name}`).toBeLessThanOrEqual(64);
    }
  });

  it('a slow link makes a client that sends without end wait, in each direction, for at most 64 MB', async () => {
    const slow = ['--delay', '0', '--bandwidth', '64KB', '--direction'];
    const costs = await Promise.all(['incoming', 'outgoing', 'both'].map((way) => flooded([...slow, way], true)));
    for (const [index, way] of ['incoming', 'outgoing', 'both'].entries()) {
      report(`a flooder on a slow link, ${way}: ${((costs[index] as number) / megabyte).toFixed(1)} MB`);
    }
    expect(Math.max(...costs) / megabyte, 'MB').toBeLessThanOrEqual(64);
  });
});

async function waiting(port: string, count: number): Promise<Client[]> {
  const clients: Client[] = [];
  while (clients.length < count) {
    clients.push(...(await Promise.all(Array.from({ length: 100 }, () => Client.connect(port)))));
    for (const { socket } of clients.slice(-100)) socket.write('hello');
  }
  return clients;
}

/** How much the server's memory grows, at most, while a client floods it beyond the default delay of 5 s. */
async function flooded(flags: readonly string[], reads = false): Promise<number> {
  const { port, pid } = await serve([...flags, '--write-timeout', 'off']);
  const idle = residentBytes(pid);
  const client = await Client.connect(port, { reads });
  client.flood();
  let most = 0;
  for (const until = performance.now() + 6_500; performance.now() < until; await elapse(20)) {
    most = Math.max(most, residentBytes(pid));
  }
  client.reset();
  return most - idle;
}
