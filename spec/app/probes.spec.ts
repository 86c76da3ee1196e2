/** Health checks are not a line each in the log: peers that connect, send nothing and leave. */
import { describe, expect, it } from 'vitest';
import { Client } from '../support/client.js';
import { type RunningServer, serve } from '../support/command.js';
import { binary } from '../support/proxy-headers.js';

const checks = 5;
const until = ({ printed }: RunningServer, text: string) => expect.poll(printed, { timeout: 10_000 }).toContain(text);

/** As Kubernetes does, and as HAProxy does. */
const leave: Readonly<Record<string, (client: Client) => unknown>> = {
  'end their connection': (client) => client.end(),
  'reset their connection once it is open': async (client) => {
    await new Promise((resolve) => setImmediate(resolve));
    client.reset();
  },
};

/** The server's log of health checks, and of one client that says something behind them. */
async function logOf(flags: readonly string[], leave: (client: Client) => unknown, before?: Buffer): Promise<string> {
  const server = await serve(['--reply', 'raw', ...flags]);
  for (let check = 0; check < checks; check += 1) {
    const client = await Client.connect(server.port);
    if (before) await client.send(before);
    await leave(client);
    await client.ended();
  }
  const client = await Client.connect(server.port);
  if (before) await client.send(before);
  await client.send('hello');
  client.end();
  expect(String(await client.all())).toBe('hello');
  return (await server.end('SIGTERM')).stdout;
}

const countIn = (log: string, event: RegExp): number => log.match(event)?.length ?? 0;

describe('the log of a server that is checked', () => {
  describe.each(Object.keys(leave))('by peers that %s', (how) => {
    it.each([['0'], ['200ms']])('has one connection, which says something, with a delay of %s', async (delay) => {
      const log = await logOf(['--delay', delay], leave[how] as (client: Client) => unknown);
      expect([countIn(log, /^opened/gm), countIn(log, /^closed/gm)]).toEqual([1, 1]);
      expect(countIn(log, /^(probed|dropped)/gm)).toBeLessThanOrEqual(4); // the first of a kind, and how many more
      expect(log).toMatch(/: \d connections?, 5 bytes in, 5 out/);
    });
  });

  it('has a line of the first, and at its end of how many more there were', async () => {
    const log = await logOf(['--delay', '0'], (client) => client.end());
    expect(log).toMatch(/^probed by 127\.0\.0\.1:\d+ at .* \d{4}, which connected, sent nothing and left$/m);
    expect(log).toMatch(new RegExp(`^probed ${checks - 1} times more at `, 'm'));
  });

  it('has no line for each that comes by a proxy, which tells that it speaks for itself', async () => {
    const flags = ['--delay', '0', '--proxy-protocol', '127.0.0.1'];
    const log = await logOf(flags, (client) => client.end(), binary('2000'));
    expect(log).toMatch(new RegExp(`^probed ${checks - 1} times more at `, 'm'));
    expect(countIn(log, /^opened/gm)).toBe(1);
  });

  it('has each of them with --log-level debug', async () => {
    const log = await logOf(['--delay', '0', '--log-level', 'debug'], (client) => client.end());
    expect([countIn(log, /^opened/gm), countIn(log, /^closed/gm)]).toEqual([checks + 1, checks + 1]);
    expect(log).not.toContain('probed');
  });

  it('has a peer that sends nothing and stays, and the end of it', async () => {
    const server = await serve(['--delay', '0']);
    const client = await Client.connect(server.port);
    await until(server, 'opened');
    client.reset();
    await until(server, 'closed');
    expect(server.printed()).not.toContain('probed');
  });

  it('has a peer that sends something at once and leaves, opened before closed', async () => {
    const server = await serve(['--delay', '0']);
    const client = await Client.connect(server.port);
    await client.send('x');
    client.end();
    await client.all();
    await until(server, 'closed');
    expect(server.printed()).toMatch(/\nopened .*\nclosed .*: ended after .*, 1 bytes in, \d+ out\n$/);
  });
});
