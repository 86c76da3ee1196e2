/** `rxjs-tcp proxy`: what passes through it, and what its faults do. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Client } from '../support/client.js';
import { command, proxy, type RunningServer, serve } from '../support/command.js';
import { parsed } from '../support/parsed.js';

const until = (printed: () => string, text: string | RegExp) => expect.poll(printed, { timeout: 10_000 }).toMatch(text);

/** A server on which a spec does what it wants: its port, and its first connection. */
async function upstream(): Promise<{ port: string; accepted: Promise<Client> }> {
  const server = net.createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const sockets: net.Socket[] = [];
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const accepted = once(server, 'connection').then(([socket]: net.Socket[]) => {
    sockets.push(socket as net.Socket);
    return Client.accepted(socket as net.Socket);
  });
  return { port: String((server.address() as net.AddressInfo).port), accepted };
}

/** Both ends of a connection through a proxy. */
async function connected(...flags: string[]): Promise<{ client: Client; server: Client; through: RunningServer }> {
  const { port, accepted } = await upstream();
  const through = await proxy(['0', port, ...flags]);
  const client = await Client.connect(through.port, { keepsOpen: true });
  return { client, server: await accepted, through };
}

describe('rxjs-tcp proxy', () => {
  it('passes on what both sides send, and the end of each', async () => {
    const { client, server } = await connected();
    server.read();
    client.socket.write('question');
    expect(String(await server.bytes(8))).toBe('question');
    server.end('answer');
    expect(String(await client.all())).toBe('answer');
    client.end('more'); // the other direction goes on
    expect(String(await server.all())).toBe('questionmore');
  });

  it('passes on a reset of either side', async () => {
    const first = await connected();
    first.client.socket.write('x');
    first.server.read();
    await first.server.bytes(1);
    first.server.reset();
    expect(await first.client.ended()).toBe('reset');
    await until(first.through.printed, /closed .*: failed after .*; Lost the connection to .*: the peer reset/);
    const second = await connected();
    second.client.socket.write('x');
    second.server.read();
    await second.server.bytes(1);
    second.client.reset();
    expect(await second.server.ended()).toBe('reset');
  });

  it('makes a client wait for an upstream that does not read, and loses nothing', async () => {
    const { client, server } = await connected();
    const stop = client.flood();
    await expect.poll(() => client.socket.writableNeedDrain, { timeout: 10_000 }).toBe(true);
    let before = -1;
    const hasStalled = () => {
      const same = before === client.acceptedBytes;
      before = client.acceptedBytes;
      return same;
    };
    await expect.poll(hasStalled, { timeout: 10_000, interval: 500 }).toBe(true);
    expect(client.acceptedBytes).toBeLessThan(32 * 1_048_576); // what four kernel buffers take, and no more
    stop();
    client.end();
    server.read();
    await server.all();
    expect(server.receivedBytes).toBe(client.socket.bytesWritten);
  });

  it('resets a client whose upstream cannot be reached, and says why in one line', async () => {
    const through = await proxy(['0', '1', '--log', 'json']);
    expect(await (await Client.connect(through.port)).ended()).toBe('reset');
    await until(through.printed, '"closed"');
    const lines = through.printed().trim().split('\n');
    expect(lines.map((line) => JSON.parse(line)).at(-1)).toMatchObject({
      event: 'closed',
      reason: 'failed',
      code: 'ERR_CONNECTION_REFUSED',
      msg: expect.stringMatching(/; Could not connect to 127\.0\.0\.1:1: no server listens there/),
    });
    expect(lines.length).toBe(3);
  });

  it('says where it passes connections on to, and ends as serve does', async () => {
    const { port } = await serve(['--delay', '0', '--reply', 'raw']);
    const through = await proxy(['127.0.0.2:0', port, '--exit-after', '2', '--grace', '1s']);
    expect(through.printed()).toBe(
      `listening on 127.0.0.2:${through.port}, upstream 127.0.0.1:${port}, grace 1s, exit-after 2\n`,
    );
    const visit = () => command(['connect', `127.0.0.2:${through.port}`, 'hello']);
    expect([(await visit()).stdout, (await visit()).stdout]).toEqual(['hello', 'hello']);
    expect((await through.ended).status).toBe(0);
    const other = await proxy(['0', port]);
    expect((await other.end('SIGTERM')).status).toBe(0);
    const { status, stderr } = await command(['proxy', port, '1']);
    expect([status, stderr]).toEqual([1, expect.stringContaining('the address is in use')]);
  });

  it('listens on a Unix socket, and connects to one', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'rxjs-tcp-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const [outer, inner] = [join(folder, 'outer'), join(folder, 'inner')];
    const { port } = await serve(['--delay', '0', '--reply', 'raw']);
    await proxy([`unix:${inner}`, port]);
    await proxy([`unix:${outer}`, `unix:${inner}`]);
    expect((await command(['connect', '--unix', outer, 'hello'])).stdout).toBe('hello');
  });

  it('leaves file descriptors for the connections to its upstream', async () => {
    const { port } = await serve(['--delay', '1h']);
    const limited = ['sh', '-c', 'ulimit -n 104; exec "$0" "$@"'] as const;
    const through = await proxy(['0', port, '--grace', '100ms'], limited);
    const clients = await Promise.all(Array.from({ length: 30 }, () => Client.connect(through.port)));
    await until(through.printed, /dropped .*: limit\n/);
    expect(through.printed()).not.toContain('file descriptors');
    const { stdout } = await through.end('SIGINT');
    const [, limit] = /dropped (\d+) limit\n$/.exec(stdout) ?? [];
    expect(Number(limit)).toBeGreaterThanOrEqual(10);
    for (const client of clients) client.reset();
  });
});

describe('the faults of rxjs-tcp proxy', () => {
  it('strike what the client receives', async () => {
    const { client, server, through } = await connected('--close-after', '3', '--seed', '7');
    expect(through.printed()).toContain(', close-after 3, seed 7\n');
    server.read();
    client.socket.write('question');
    expect(String(await server.bytes(8))).toBe('question');
    server.socket.write('answer');
    expect(String(await client.all())).toBe('ans');
    expect(['ended', 'reset']).toContain(await server.ended());
  });

  it('with --direction incoming strike what the client sends', async () => {
    const { client, server } = await connected('--reset-after', '3', '--direction', 'incoming');
    server.read();
    server.socket.write('hello');
    expect(String(await client.bytes(5))).toBe('hello');
    client.socket.write('question');
    expect(await client.ended()).toBe('reset');
    await server.ended();
    expect('question'.slice(0, 3)).toContain(String(server.received));
  });

  it('with --refuse no client reaches the upstream', async () => {
    const { port } = await serve(['--delay', '0', '--reply', 'raw']);
    const through = await proxy(['0', port, '--refuse', '--first', '1']);
    expect(await (await Client.connect(through.port)).ended()).toBe('reset');
    expect((await command(['connect', through.port, 'hello'])).stdout).toBe('hello');
    await until(through.printed, /opened .*\nclosed/);
    expect(through.printed().match(/opened/g)?.length).toBe(1);
  });
});

const anyPort = 'or [host]:port, unix:PATH or unix:@NAME';

describe('bad usage of rxjs-tcp proxy', () => {
  it.each<[args: string[], ...says: string[]]>([
    [[], "missing required argument 'LISTEN'"],
    [['7'], "missing required argument 'UPSTREAM'"],
    [['7', '8', '9'], 'too many arguments'],
    [['x', '7'], "value 'x' is invalid for argument 'LISTEN'", 'Expected a port from 0 to 65535', anyPort],
    [['7', '0'], "value '0' is invalid for argument 'UPSTREAM'", 'Expected a port from 1 to 65535', anyPort],
    [['7', 'unix:'], "value 'unix:' is invalid", anyPort],
    [['7', '127.0.0.1:7'], 'LISTEN and UPSTREAM are the same address'],
    [['7', '8', '--delay', '1s'], "unknown option '--delay'; see rxjs-tcp proxy --help"],
    [['7', '8', '--jitter', '1s'], "option '--jitter' has no effect without '--latency'"],
    [['7', '8', '--seed', '1'], "option '--seed' has no effect without a fault"],
    [['7', '8', '--connect-timeout', '0'], "option '--connect-timeout <duration>' argument '0' is invalid"],
  ])('%j is refused with a message that says why', (args, ...says) => {
    const result = parsed(['proxy', ...args]);
    const message = 'refused' in result ? result.refused.message : 'it is accepted';
    for (const each of says) expect(message).toContain(each);
  });

  it.each<[args: string[], listen: object, upstream: object]>([
    [['0', 'db:5432'], { host: '127.0.0.1', port: 0 }, { host: 'db', port: 5_432 }],
    [['[::1]:7', 'unix:@db'], { host: '::1', port: 7 }, { path: '\0db' }],
    [['unix:/tmp/a b', '9'], { path: '/tmp/a b' }, { host: '127.0.0.1', port: 9 }],
    [['unix:a@b', 'unix:@a@b'], { path: 'a@b' }, { path: '\0a@b' }],
  ])('%j is understood', (args, listen, upstream) => {
    expect(parsed(['proxy', ...args])).toMatchObject({ proxy: [listen, upstream, { connectTimeout: 10_000 }] });
  });
});
