/** `--exit-after`: a server for a test, which ends once enough clients have come and gone. */
import { describe, expect, it } from 'vitest';
import { Client } from '../support/client.js';
import { command, type RunningServer, serve } from '../support/command.js';

const raw = ['--reply', 'raw', '--delay', '0'];
const opened = ({ printed }: RunningServer, count: number) =>
  expect.poll(() => printed().match(/opened/g)?.length, { timeout: 10_000 }).toBe(count);
const until = (printed: () => string, text: string) => expect.poll(printed, { timeout: 10_000 }).toContain(text);

describe('rxjs-tcp serve --exit-after', () => {
  it('ends with status 0 once so many connections have closed, and not before', async () => {
    const server = await serve([...raw, '--exit-after', '2']);
    expect(server.printed()).toContain(', delay 0, reply raw, exit-after 2\n');
    expect((await command(['connect', server.port, 'one'])).stdout).toBe('one');
    expect((await command(['connect', server.port, 'two'])).stdout).toBe('two');
    const { status, stdout } = await server.ended;
    expect([status, stdout]).toEqual([0, expect.stringContaining('draining, connections open: 0\nstopped at')]);
  });

  it('sends outstanding replies, and accepts no other connection', async () => {
    const server = await serve(['--delay', '2s', '--reply', 'raw', '--exit-after', '1']);
    const waiting = await Client.connect(server.port);
    await waiting.send('x');
    const other = await Client.connect(server.port);
    await opened(server, 2);
    other.reset();
    await until(server.printed, 'draining, connections open: 1');
    expect((await command(['connect', server.port, 'y'])).stderr).toContain('no server listens there');
    expect(String(await waiting.end().all())).toBe('x');
    expect((await server.ended).status).toBe(0);
  });

  it('aborts at the first signal behind it, with status 3', async () => {
    const server = await serve(['--delay', '1h', '--grace', '1h', '--exit-after', '1']);
    const open = await Client.connect(server.port);
    const other = await Client.connect(server.port);
    await opened(server, 2);
    other.reset();
    await until(server.printed, 'draining, connections open: 1');
    const { status, stdout } = await server.end('SIGTERM');
    expect([status, await open.ended()]).toEqual([3, 'reset']);
    expect(stdout).toContain('2 connections (1 aborted)');
  });

  it('adds no signal to one that has come: what closes then does not abort', async () => {
    const server = await serve(['--delay', '300ms', '--reply', 'raw', '--exit-after', '1']);
    const clients = [await Client.connect(server.port), await Client.connect(server.port)];
    for (const client of clients) await client.send('x');
    await opened(server, 2);
    const ended = server.end('SIGTERM');
    await until(server.printed, 'draining');
    for (const client of clients) expect(String(await client.end().all())).toBe('x');
    expect((await ended).status).toBe(0);
  });
});
