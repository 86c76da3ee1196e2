/** What a message of 64 bytes costs a server with TLS, in processor time, beside Node's `tls` with callbacks. */
import { type ChildProcess, execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import tls from 'node:tls';
import { fileURLToPath } from 'node:url';
import { type TlsServerConfig, tcpServer } from 'rxjs-tcp';
import { printRounds } from './run/rounds.js';

const connections = 16;
const messages = 60_000;
const messageBytes = 64;
const rounds = 9;

const [mostUnsentBytes, highWaterMarkBytes, writeTimeoutMs, lookMs] = [16_777_216, 65_536, 30_000, 5_000];

/** Echoes as rxjs-tcp does: counts both directions, stops reading while too much is unsent, and ends a peer that is silent. */
class BoundedEcho {
  bytesRead = 0;
  bytesReplied = 0;
  #silentSince: number | undefined;
  #look: NodeJS.Timeout | undefined;
  readonly #socket: tls.TLSSocket;
  /** One for all writes. */
  readonly #taken = () => this.#regulate();

  constructor(socket: tls.TLSSocket) {
    this.#socket = socket;
    socket.on('data', (chunk) => this.#receive({ type: 'chunk', chunk })).on('error', () => {});
    socket.on('close', () => clearTimeout(this.#look));
  }

  #receive({ chunk }: { readonly type: 'chunk'; readonly chunk: Buffer }): void {
    this.bytesRead += chunk.length;
    this.#silentSince = undefined;
    if (this.#socket.writableLength > mostUnsentBytes) this.#socket.destroy();
    if (!this.#socket.writable) return;
    this.bytesReplied += chunk.length;
    this.#silentSince = performance.now();
    this.#look ??= setTimeout(() => this.#lookAtSilence(), lookMs);
    this.#socket.write(chunk, this.#taken);
    this.#regulate();
  }

  #regulate(): void {
    const { writableLength } = this.#socket;
    if (writableLength > highWaterMarkBytes) this.#socket.pause();
    else if (writableLength < highWaterMarkBytes / 2 && this.#socket.isPaused()) this.#socket.resume();
  }

  #lookAtSilence(): void {
    this.#look = undefined;
    if (this.#silentSince === undefined) return;
    if (performance.now() - this.#silentSince > writeTimeoutMs) this.#socket.destroy();
    else this.#look = setTimeout(() => this.#lookAtSilence(), lookMs);
  }
}

/** Each echoes, and tells its port. */
const servers: Record<string, (identity: tls.TlsOptions, listening: (port: number) => void) => void> = {
  'rxjs-tcp': (identity, listening) => {
    tcpServer({ port: 0, tls: identity as TlsServerConfig }, (chunks$) => chunks$).subscribe((event) => {
      if (event.type === 'listening') listening(event.address.port);
    });
  },
  "Node's tls": byCallbacks((socket) => {
    socket.on('data', (chunk) => socket.write(chunk)).on('error', () => {});
  }),
  "Node's tls, bounded": byCallbacks((socket) => {
    new BoundedEcho(socket);
  }),
};

function byCallbacks(serve: (socket: tls.TLSSocket) => void): (typeof servers)[string] {
  return (identity, listening) => {
    const server = tls.createServer(identity, (socket) => {
      socket.setNoDelay();
      serve(socket);
    });
    server.listen(0, '127.0.0.1', () => listening((server.address() as AddressInfo).port));
  };
}

function makeIdentity() {
  const folder = mkdtempSync(path.join(tmpdir(), 'rxjs-tcp-'));
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', 'key', '-out', 'cert'];
  execFileSync('openssl', ['req', '-x509', '-subj', '/CN=localhost', ...newKey], { cwd: folder, stdio: 'ignore' });
  const [key = '', cert = ''] = ['key', 'cert'].map((name) => readFileSync(path.join(folder, name), 'utf8'));
  rmSync(folder, { recursive: true });
  return { key, cert };
}

/** Sends a message, waits for its echo, which is a record of TLS, and so on, on several connections at once. */
async function load(port: number, count: number): Promise<void> {
  const message = Buffer.alloc(messageBytes, 'x');
  let left = count;
  const talk = async (): Promise<void> => {
    const client = tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false });
    client.setNoDelay();
    client.on('data', () => {
      if (--left > 0) client.write(message);
      else client.end();
    });
    client.write(message);
    await once(client, 'close');
  };
  await Promise.all(Array.from({ length: connections }, talk));
}

async function cpuMicroseconds(server: ChildProcess): Promise<number> {
  server.send('cpu');
  return (await once(server, 'message'))[0] as number;
}

async function costOf(server: ChildProcess, port: number): Promise<number> {
  const before = await cpuMicroseconds(server);
  await load(port, messages);
  return ((await cpuMicroseconds(server)) - before) / messages;
}

async function main(): Promise<void> {
  const identity = JSON.stringify(makeIdentity());
  const started = Object.keys(servers).map(async (name) => {
    const server = fork(fileURLToPath(import.meta.url), [name, identity]);
    return { name, server, port: (await once(server, 'message'))[0] as number };
  });
  const peers = await Promise.all(started);
  const games = peers.map(({ name, server, port }) => [name, () => costOf(server, port)] as const);
  await printRounds(rounds, `CPU a message, µs, ${connections} connections`, Object.fromEntries(games));
  for (const { server } of peers) server.kill();
}

const [name = '', identity = ''] = process.argv.slice(2);
if (servers[name] === undefined) {
  await main();
} else {
  process.on('message', () => process.send?.(process.cpuUsage().user + process.cpuUsage().system));
  process.on('disconnect', () => process.exit());
  servers[name](JSON.parse(identity), (port) => process.send?.(port));
}
