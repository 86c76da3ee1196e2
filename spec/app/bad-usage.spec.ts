/** Bad input ends the command with one line that names what is wrong and what is accepted. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { lacking } from '../faults/support/needs.js';
import { command, serve } from '../support/command.js';
import { parsed } from '../support/parsed.js';

const duration = 'Expected a duration from 0 to 2147483647 ms, such as 250ms, 5s, 2m or 0';
const port = 'Expected an integer from 0 to 65535';

/** Arguments, and what the message must contain. */
const refused: [args: string[], ...says: string[]][] = [
  [['--prot', '7'], "unknown option '--prot'", '--port'],
  [['frobnicate'], "unknown command 'frobnicate'", 'serve, proxy or connect'],
  ...['65536', 'x', '-1', '1e3', '0x1f', '', '1.5', ' 7'].map((value): [string[], ...string[]] => [
    ['--port', value],
    `option '-p, --port <port>' argument '${value}' is invalid`,
    port,
  ]),
  ...['-1', 'NaN', '3e9', '5 parsecs', '1.5', 'Infinity', '', '2147483648', '25d', '0.5ms', '1min'].map(
    (value): [string[], ...string[]] => [
      ['--delay', value],
      `option '-d, --delay <duration>' argument '${value}' is invalid`,
      duration,
    ],
  ),
  [['--host', ''], "option '--host <host>' argument '' is invalid", 'Expected a host name or an address'],
  [
    ['--backlog', '0'],
    "option '--backlog <count>' argument '0' is invalid",
    'Expected an integer from 1 to 2147483647',
  ],
  [['--delay-per', 'day'], "option '--delay-per <unit>' argument 'day' is invalid", 'connection, chunk'],
  [['--reply', 'txet'], "option '--reply <reply>' argument 'txet' is invalid", 'text, python, raw or a template'],
  [['--reply', '{date}'], "option '--reply <reply>' argument '{date}' is invalid", '{data}, {remote} or {time}'],
  [['--max-chunk', '0'], "option '--max-chunk <bytes>' argument '0' is invalid", 'Expected an integer from 1'],
  [['--idle-timeout', '0'], "option '-i, --idle-timeout <duration>' argument '0' is invalid", 'above 0, or off'],
  [['--log', 'xml'], "option '--log <format>' argument 'xml' is invalid", 'pretty, json'],
  ...['3s..1s', '1s..', '..1s', '1s..2s..3s', '1s...2s', '1s-3s', '1s..off'].map((range): [string[], ...string[]] => [
    ['--delay', range],
    `argument '${range}' is invalid`,
    'or a range, such as 1s..3s',
  ]),
  ...['0', '-1', '1.5', '3GB', '64 KB', '64kb', '1e3', '0.0001KB', '3000MB', ''].map(
    (bytes): [string[], ...string[]] => [
      ['--bandwidth', bytes],
      `option '--bandwidth <size>' argument '${bytes}' is invalid`,
      'Expected a size from 1 to 2147483647 bytes, such as 100, 64KB or 1MiB',
    ],
  ),
  ...['1.1', '-0.1', '10%', '1e-3', '.', ''].map((value): [string[], ...string[]] => [
    ['--latency', '1s', '--toxicity', value],
    `option '--toxicity <share>' argument '${value}' is invalid`,
    'Expected a number from 0 to 1, such as 0.1',
  ]),
  [['--latency', 'off'], "option '--latency <duration>' argument 'off' is invalid", duration],
  [['--refuse', '--first', '0'], "option '--first <count>' argument '0' is invalid"],
  [['--refuse', '--seed', '-1'], "option '--seed <number>' argument '-1' is invalid", 'from 0 to 2147483647'],
  [['--latency', '1s', '--direction', 'up'], "argument 'up' is invalid", 'outgoing, incoming, both'],
  [['--jitter', '1s'], "option '--jitter' has no effect without '--latency'"],
  [['--jitter', '1s', '--refuse'], "option '--jitter' has no effect without '--latency'"],
  ...['--toxicity=0.1', '--first=3', '--seed=1', '--direction=both'].map((flag): [string[], ...string[]] => [
    [flag],
    `option '${flag.split('=')[0]}' has no effect without a fault, such as --latency`,
  ]),
  [['--live'], "option '--live' needs a terminal as standard output"],
  [['proxy', '--live', '7', '8'], "option '--live' needs a terminal as standard output"],
  [['--live', '--log', 'json'], "option '--live' cannot be used with '--log'"],
  [['--log-level', 'notice'], "option '--log-level <level>' argument 'notice' is invalid", 'error, warn, info, debug'],
  [['--exit-after', '0'], "option '--exit-after <count>' argument '0' is invalid", 'Expected an integer from 1'],
  [['--grace'], "option '--grace <duration>' argument missing"],
  [['--fd', '-1'], "option '--fd <number>' argument '-1' is invalid", 'systemd or an integer from 0'],
  [['--unix', ''], "option '--unix <path>' argument '' is invalid", 'Expected a path, or @name'],
  [['--allow', '10.0.0.0/33'], "option '--allow <networks>' argument '10.0.0.0/33' is invalid", '10.0.0.0/8,fd00::/8'],
  [['--deny', '127.0.0.1,'], "option '--deny <networks>' argument '127.0.0.1,' is invalid"],
  [['--proxy-protocol', 'localhost'], "option '--proxy-protocol <networks>' argument 'localhost' is invalid"],
  [['--unix', 'a', '--port', '7'], "option '--unix' cannot be used with '--port'"],
  [['--unix', 'a', '--host', '::1'], "option '--unix' cannot be used with '--host'"],
  [['--unix', 'a', '--fd', '3'], "option '--unix' cannot be used with '--fd'"],
  [['--unix', 'a', '--reuse-port'], "option '--unix' cannot be used with '--reuse-port'"],
  [['--fd', '3', '--port', '7'], "option '--fd' cannot be used with '--port'"],
  [['--tls-cert', 'a'], "option '--tls-cert' has no effect without '--tls-key'"],
  [['--tls-key', 'a'], "option '--tls-key' has no effect without '--tls-cert'"],
  [['--tls-ca', 'a'], "option '--tls-ca' has no effect without '--tls-cert'"],
  [['--tls-request-cert'], "option '--tls-request-cert' has no effect without '--tls-cert'"],
  [['connect', '--ca', 'a', '7'], "option '--ca' has no effect without '--tls'"],
  [['connect', '--insecure', '7'], "option '--insecure' has no effect without '--tls'"],
  [['connect', '--servername', '', '7'], "option '--servername <name>' argument '' is invalid"],
  [['connect'], "missing required argument '[host:]port'"],
  [
    ['-s', 'ftp'],
    "option '-s, --service <name>' argument 'ftp' is invalid",
    'echo, lines, discard, daytime, time, chargen',
  ],
  [['-s', 'chargen', '-d', '1s'], "option '--delay' has no effect with --service chargen, only with echo and lines"],
  [['-s', 'time', '--reply', 'raw'], "option '--reply' has no effect with --service time"],
  [['connect', '--delay', '3s', '7'], "unknown option '--delay'; see rxjs-tcp connect --help"],
  [['connect', '0'], "'0' is invalid", 'Expected a port from 1 to 65535, host:port or [host]:port'],
  [['connect', 'host:'], "'host:' is invalid", 'Expected a port from 1 to 65535'],
];

describe('bad usage of rxjs-tcp', () => {
  it.each(refused)('%j is refused with a message that says why', (args, ...says) => {
    const result = parsed(args);
    const message = 'refused' in result ? result.refused.message : 'it is accepted';
    for (const each of says) expect(message).toContain(each);
  });

  /** One of each kind; case F60 of the fault suite has more. */
  it.each([[['--prot', '7']], [['frobnicate']], [['--port', 'x']], [['--grace']], [['connect']]])(
    '%j ends the command with status 2 and one line',
    async (args) => {
      const { status, stdout, stderr } = await command(args);
      expect([status, stdout]).toEqual([2, '']);
      expect(stderr).toMatch(/^rxjs-tcp: [^\n]+; see rxjs-tcp (serve|connect) --help\n$/);
    },
  );

  it.each([['--help'], ['--version'], ['serve', '--help'], ['connect', '--help']])(
    '%s %s exits with status 0',
    async (...args) => {
      const { status, stdout, stderr } = await command(args.filter((arg) => arg !== undefined));
      expect([status, stderr]).toEqual([0, '']);
      expect(stdout).not.toBe('');
    },
  );
});

/** Has a port, says which one, and neither listens nor connects. */
const binding = `
import socket
bound = socket.socket()
bound.bind(('127.0.0.1', 0))
print(bound.getsockname()[1], flush=True)
input()
`;
const lacksPython = lacking(['python3']).length > 0;

describe('an address that the system refuses ends the command with status 1 and one line', () => {
  const failed = async (args: string[]): Promise<string> => {
    const { status, stdout, stderr } = await command(args);
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^rxjs-tcp: [^\n]+\n$/);
    return stderr;
  };

  it('a port that a listener uses: the message says to choose another one', async () => {
    const server = await serve();
    expect(await failed(['--port', server.port])).toBe(
      `rxjs-tcp: Could not listen on 127.0.0.1:${server.port}: the address is in use; stop what holds it or choose another port\n`,
    );
  });

  it.skipIf(lacksPython)(
    `a port that is bound alone: the message blames no connection${lacksPython ? ' (skipped: no python3 here)' : ''}`,
    async () => {
      const holder = spawn('python3', ['-c', binding], { stdio: ['pipe', 'pipe', 'inherit'] });
      onTestFinished(() => void holder.kill('SIGKILL'));
      const [printed] = await once(holder.stdout, 'data');
      const message = await failed(['--port', String(printed).trim()]);
      expect(message).toMatch(/: the address is in use; stop what holds it or choose another port\n$/);
    },
  );

  it('a port that an outgoing connection uses: the message says so, and how to reserve it', async () => {
    const listener = net.createServer().listen(0, '127.0.0.1');
    await once(listener, 'listening');
    const outgoing = net.connect({ port: (listener.address() as net.AddressInfo).port, host: '127.0.0.1' });
    await once(outgoing, 'connect');
    const held = String(outgoing.localPort);
    const message = await failed(['--port', held]);
    outgoing.destroy();
    listener.close();
    if (process.platform !== 'linux') return expect(message).toContain('the address is in use');
    expect(message).toContain('an outgoing connection holds it');
    expect(message).toContain(`net.ipv4.ip_local_reserved_ports=${held}`);
  });

  it('a host that is not an address of this machine', async () => {
    expect(await failed(['--host', '203.0.113.9', '--port', '0'])).toContain('this machine cannot use that address');
  });

  it('a host name that does not resolve', async () => {
    expect(await failed(['--host', 'unknown.invalid', '--port', '0'])).toMatch(/unknown\.invalid:0: the host name/);
  });

  it('connect to a port without a server', async () => {
    expect(await failed(['connect', '127.0.0.1:1', 'x'])).toContain('127.0.0.1:1: no server listens there');
  });
});
