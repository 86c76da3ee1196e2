/** Servers behind HAProxy, set up by deploy/haproxy.cfg, are restarted one after another while clients talk to them. */
import { spawnSync } from 'node:child_process';
import { describe, expect, it, onTestFinished } from 'vitest';
import { lacking } from '../faults/support/needs.js';
import { proxy } from '../support/command.js';
import { report } from '../support/process-figures.js';
import { isLong } from '../support/tier.js';
import { Balanced, type LogLine } from './support/balanced.js';
import { SteadyClients } from './support/steady-clients.js';

const lacks = lacking(['haproxy']).length > 0 ? ' (skipped: no haproxy here)' : '';

const load = isLong
  ? { clients: 200, messagesPerSecond: 2_000, messagesPerConnection: 100 }
  : { clients: 40, messagesPerSecond: 400, messagesPerConnection: 20 };

/** Each in a row. */
const rounds = isLong ? [1, 2, 3] : [1];

it.skipIf(lacks !== '')(`HAProxy finds nothing wrong in deploy/haproxy.cfg${lacks}`, () => {
  const { status, stderr } = spawnSync('haproxy', ['-c', '-q', '-dW', '-f', 'deploy/haproxy.cfg'], {
    encoding: 'utf8',
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
});

describe.skipIf(lacks !== '')('a rolling restart of three servers behind HAProxy', () => {
  it.each(rounds)(`loses no reply, and each server sees the addresses of the clients: round %i${lacks}`, async () => {
    const balanced = await Balanced.start();
    const clients = await restartEachUnderLoad(balanced, balanced);

    const logs = await balanced.end();
    const closed = logs.flat().filter(({ event }) => event === 'closed');
    // All that a server took, it has answered, and all that it answered has arrived.
    const { receivedBytes } = clients;
    const taken = sum(closed, ({ bytesRead, bytesDiscarded }) => bytesRead - bytesDiscarded);
    const written = sum(closed, ({ bytesWritten }) => bytesWritten);
    expect({ taken, written }).toEqual({ taken: receivedBytes, written: receivedBytes });
    for (const log of logs) {
      const opened = log.filter(({ event }) => event === 'opened');
      const remotes = opened.map(({ remote }) => `${remote?.host}:${remote?.port}`);
      expect(remotes.length).toBeGreaterThan(load.clients / 4);
      expect(remotes.filter((remote) => !clients.addresses.has(remote))).toEqual([]);
    }
  });

  it.each(rounds)(`loses no reply through rxjs-tcp proxy either: round %i${lacks}`, async () => {
    const balanced = await Balanced.start();
    const { port } = await proxy(['0', `${balanced.host}:${balanced.port}`, '--quiet']);
    await restartEachUnderLoad(balanced, { host: '127.0.0.1', port: Number(port) });
  });
});

async function restartEachUnderLoad(balanced: Balanced, place: { host: string; port: number }): Promise<SteadyClients> {
  const clients = new SteadyClients({ ...load, host: place.host, port: place.port });
  onTestFinished(() => clients.abort());
  clients.start();
  await balanced.restartEach();
  await clients.finish();
  const { sent, answered, returned, lost, wrong, refused, resets } = clients;
  report(
    `${sent} messages over ${clients.addresses.size} connections: ${returned} returned, ${lost} lost, ${wrong} wrong`,
  );
  const none = { lost: 0, wrong: 0, refused: 0, resets: 0 };
  expect({ answered, lost, wrong, refused, resets }).toEqual({ answered: sent, ...none });
  return clients;
}

function sum(lines: readonly LogLine[], of: (line: LogLine) => number): number {
  return lines.reduce((total, line) => total + of(line), 0);
}
