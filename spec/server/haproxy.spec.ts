/** HAProxy and socat as proxies before a server, and HAProxy as a server behind a proxy (F66). */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Handler, type ServerEvent, type TcpServerConfig, tcpConnect, tcpServer } from '../../lib/index.js';
import { lacking } from '../faults/support/needs.js';
import { Client } from '../support/client.js';
import { run } from '../support/command.js';

const identity: Handler = (chunks$) => chunks$;
const behindProxy = { proxyProtocol: { from: ['127.0.0.1'] } };

const hasNo = (program: 'haproxy' | 'socat') => lacking([program]).length > 0;
const named = (name: string, program: 'haproxy' | 'socat') =>
  hasNo(program) ? `${name} (skipped: no ${program} here)` : name;

interface Served {
  readonly port: number;
  readonly events: readonly ServerEvent[];
}

/** A server for the length of the test. */
function serve(handler: Handler, config: Partial<TcpServerConfig> = {}): Promise<Served> {
  const events: ServerEvent[] = [];
  return new Promise((resolve, reject) => {
    const server = tcpServer({ port: 0, ...config }, handler).subscribe({
      next: (event) => {
        events.push(event);
        if (event.type === 'listening') resolve({ port: event.address.port, events });
      },
      error: reject,
    });
    onTestFinished(() => server.unsubscribe());
  });
}

/** A port that was free a moment ago: HAProxy does not tell which one the kernel has given it. */
async function freePort(): Promise<number> {
  const listener = net.createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => listener.once('listening', resolve));
  const { port } = listener.address() as net.AddressInfo;
  await new Promise((resolve) => listener.close(resolve));
  return port;
}

/** HAProxy, from `bind 127.0.0.1:PORT` to a server, for the length of the test. Returns its port. */
async function haproxy(serverPort: number, { bind = '', server = '', rules = [] as string[] }): Promise<number> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'rxjs-tcp-'));
  const config = join(folder, 'haproxy.cfg');
  const timeouts = ['connect', 'client', 'server'].map((name) => `  timeout ${name} 10s`);
  const lines = [
    ...['defaults', '  mode tcp', ...timeouts],
    ...['listen proxy', `  bind 127.0.0.1:${port} ${bind}`, ...rules.map((rule) => `  ${rule}`)],
    ...[`  server one 127.0.0.1:${serverPort} ${server}`, ''],
  ];
  writeFileSync(config, lines.join('\n'));
  const child: ChildProcess = spawn('haproxy', ['-db', '-q', '-f', config], { stdio: 'ignore' });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await exited;
    rmSync(folder, { recursive: true });
  });
  return port;
}

/** Whether a listener has taken the port. */
function isTaken(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

/** Ten clients at once: the data that they get back, and their ports. */
async function clientsOf(port: number): Promise<{ got: string; port: number }[]> {
  const words = Array.from({ length: 10 }, (_, index) => `hello ${index} `.repeat(10_000));
  return Promise.all(
    words.map(async (word) => {
      const client = await Client.connect(port);
      const { localPort = 0 } = client.socket;
      const got = String(await client.end(word).all());
      return { got: got === word ? 'the same' : got, port: localPort };
    }),
  );
}

const opened = (events: readonly ServerEvent[]) =>
  events.flatMap((event) => (event.type === 'opened' ? [event.connection] : []));

describe('HAProxy before a server', () => {
  it.skipIf(hasNo('haproxy')).each(['send-proxy', 'send-proxy-v2'])(
    named('with %s: events have the address of each client, and what it sends comes back', 'haproxy'),
    async (option) => {
      const { port, events } = await serve(identity, behindProxy);
      const front = await haproxy(port, { server: option });
      await expect.poll(() => isTaken(front), { timeout: 10_000 }).toBe(true);
      const clients = await clientsOf(front);
      expect(clients.map(({ got }) => got)).toEqual(clients.map(() => 'the same'));
      const ports = clients.map((client) => client.port);
      // HAProxy may have passed on the connection that looked for its port, too.
      const connections = opened(events).filter(({ remote: { port = 0 } }) => ports.includes(port));
      expect(connections.map(({ remote }) => remote.port).toSorted()).toEqual(ports.toSorted());
      // A port of HAProxy's may have the number of a client's: they lead to different places.
      const proxies = new Set(connections.map(({ proxy }) => proxy?.port));
      expect(proxies.size).toBe(clients.length);
      expect(proxies).not.toEqual(new Set(ports));
    },
  );

  it.skipIf(hasNo('haproxy'))(
    named('checks its health by LOCAL headers, which come from HAProxy itself', 'haproxy'),
    async () => {
      const { port, events } = await serve(identity, behindProxy);
      // A check that waits for no answer resets at once: often before the server has accepted it.
      const rules = ['option tcp-check', 'tcp-check send hello', 'tcp-check expect string hello'];
      await haproxy(port, { server: 'send-proxy-v2 check check-send-proxy inter 50ms', rules });
      await expect
        .poll(() => events.filter(({ type }) => type === 'closed').length, { timeout: 10_000 })
        .toBeGreaterThanOrEqual(2);
      expect(
        opened(events)
          .map(({ proxy, remote }) => [proxy, remote.host])
          .slice(0, 2),
      ).toEqual([
        [undefined, '127.0.0.1'],
        [undefined, '127.0.0.1'],
      ]);
    },
  );
});

describe('HAProxy behind a proxy', () => {
  it.skipIf(hasNo('haproxy')).each([1, 2] as const)(
    named('takes a header of version %i, and passes on what it tells', 'haproxy'),
    async (version) => {
      const last = await serve(identity, behindProxy);
      const middle = await haproxy(last.port, { bind: 'accept-proxy', server: 'send-proxy' });
      await expect.poll(() => isTaken(middle), { timeout: 10_000 }).toBe(true);
      const first = await serve(tcpConnect({ port: middle, proxyProtocol: version }));
      const clients = await clientsOf(first.port);
      expect(clients.map(({ got }) => got)).toEqual(clients.map(() => 'the same'));
      const remotes = opened(last.events).map(({ remote }) => remote.port);
      expect(remotes.toSorted()).toEqual(clients.map((client) => client.port).toSorted());
    },
  );
});

describe('socat before a server', () => {
  it.skipIf(hasNo('socat'))(named('sends a header by hand, and gets back what is behind it', 'socat'), async () => {
    const { port, events } = await serve(identity, behindProxy);
    const input = 'PROXY TCP4 192.0.2.7 198.51.100.1 5 6\r\nPROXY is data now\n';
    const { stdout, status } = await run('socat', ['-t', '5', '-', `TCP4:127.0.0.1:${port}`], input);
    expect([stdout, status]).toEqual(['PROXY is data now\n', 0]);
    expect(opened(events).map(({ remote }) => remote)).toEqual([{ host: '192.0.2.7', port: 5 }]);
  });

  it.skipIf(hasNo('socat'))(named('from elsewhere is refused, and gets nothing back', 'socat'), async () => {
    const { port, events } = await serve(identity, { proxyProtocol: { from: ['192.0.2.0/24'] } });
    const input = 'PROXY TCP4 192.0.2.7 198.51.100.1 5 6\r\nhello';
    const { stdout } = await run('socat', ['-t', '5', '-', `TCP4:127.0.0.1:${port}`], input);
    expect(stdout).toBe('');
    await expect.poll(() => events.at(-1)).toMatchObject({ type: 'dropped', reason: 'refused' });
  });
});
