/** G: the command line, its log and the system. */
import { expect } from 'vitest';
import type { Client } from '../../support/client.js';
import { command, run } from '../../support/command.js';
import { residentBytes } from '../../support/process-figures.js';
import { eventually } from '../support/eventually.js';
import { fault } from '../support/fault.js';
import type { Server } from '../support/server.js';

const megabyte = 1_048_576;
const noDelay = ['--delay', '0'];

/** Opens that many connections, 100 at a time, and expects an answer on each. */
async function traffic(server: Server, connections: number): Promise<void> {
  const visit = async (client: Client): Promise<void> => {
    client.socket.write('hello');
    expect(String(await client.bytes(5))).toBe('hello');
    await client.end().all();
  };
  for (let row = 0; row < connections; row += 100) {
    await Promise.all((await server.connectAll(Math.min(100, connections - row))).map(visit));
  }
}

const badArguments = [
  ...['-1', '65536', '1e3', '0x1f', ''].map((port) => ['--port', port]),
  ...['NaN', '-1', '1.5', '3e9', 'Infinity'].map((delay) => ['--delay', delay]),
  ['--max-connections', '0'],
];

/** One line on standard error, nothing on standard output. */
async function complaint(status: number, args: string[]): Promise<string> {
  const ended = await command(args);
  expect([ended.status, ended.stdout]).toEqual([status, '']);
  expect(ended.stderr).toMatch(/^rxjs-tcp: [^\n]+\n$/);
  return ended.stderr;
}

/** Runs as user 65534 where the tests run as root. */
const unprivileged = process.getuid?.() === 0 ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] : [];

export const commandLine = [
  fault(
    'F57',
    'with standard output closed, connections are still answered',
    { flags: noDelay, ends: 'log' },
    async (server) => {
      server.stdout.destroy();
      await traffic(server, 200);
    },
  ),
  fault(
    'F58',
    'an unread log of 60 000 lines costs at most 16 MB, and counts those that it left out',
    { flags: noDelay, ends: 'log', tier: 'long', memoryBytes: 64 * megabyte },
    async (server) => {
      await traffic(server, 24_000); // with its log read: what connections cost by themselves is constant from here on (C4)
      server.forgetPeak();
      const before = residentBytes(server.pid);
      server.stdout.pause();
      await traffic(server, 30_000); // two lines each
      expect((server.peakBytes - before) / megabyte).toBeLessThanOrEqual(16);
      server.stdout.resume();
      const tellsOfIt = () => /"event":"unlogged","lines":\d+/.test(server.logText);
      await eventually('the count of lines left out', tellsOfIt);
    },
  ),
  fault(
    'F59',
    'escape sequences and line breaks from a peer make no line and no escape of the log',
    { flags: noDelay },
    async (server) => {
      const client = await server.connect();
      client.socket.write('\x1b]0;pwn\x07\r\nFAKE\u2028\x9b');
      await client.end().all();
      await server.logged(1, 'closed');
      const lines = server.logText.trim().split('\n');
      expect(lines.length).toBe(2);
      expect(lines.join('')).toMatch(/^[\x20-\x7e]*$/);
    },
  ),
  fault('F60', 'bad arguments: status 2, one line, nothing bound', {}, async () => {
    await Promise.all(badArguments.map((args) => complaint(2, args)));
  }),
  fault('F61', 'an address that is not of this machine: status 1, one line', {}, async () => {
    expect(await complaint(1, ['--host', '203.0.113.9', '--port', '0'])).toContain('203.0.113.9:0');
  }),
  ...(['0.0.0.0', 'localhost', '::'] as const).map((host) =>
    fault(
      'F61',
      `with --host ${host} it says what it is bound to, and is`,
      { flags: [...noDelay, '--host', host], needs: host === '::' ? ['ipv6'] : [], tier: 'long' },
      (server) => traffic(server, 1),
    ),
  ),
  fault('F61', 'without IPv6, --host :: is one line', { needs: ['namespaces'], tier: 'long' }, async () => {
    const shell = 'echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6; exec "$0" "$@"';
    const args = ['-Urn', 'sh', '-c', shell, process.execPath, 'dist/app/main.js', '--host', '::1', '--port', '0'];
    const { status, stderr } = await run('unshare', args);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^rxjs-tcp: [^\n]+\n$/);
  }),
  fault(
    'F62',
    'a low port without the privilege: status 1, one line',
    { needs: ['lowPorts'], tier: 'long' },
    async () => {
      const [program = '', ...args] = [...unprivileged, process.execPath, 'dist/app/main.js', '--port', '7'];
      const { status, stderr } = await run(program, args);
      expect([status, stderr]).toEqual([1, expect.stringMatching(/^rxjs-tcp: [^\n]+\n$/)]);
    },
  ),
];
