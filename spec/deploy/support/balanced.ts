/** HAProxy from `deploy/haproxy.cfg`, with three servers behind it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished } from 'vitest';
import { type RunningServer, serveElsewhere } from '../../support/command.js';

const names = ['one', 'two', 'three'] as const;

/** As on machines of their own. No other process binds these addresses, so a port stays free while its server restarts. */
const hosts = names.map((_, index) => `127.201.${process.pid % 251}.${index + 1}`);
const front = `127.202.${process.pid % 251}.1`;

/** What each server is asked for beside what deploy/haproxy.cfg tells of it. */
const echoing = ['--delay', '20ms', '--delay-per', 'chunk', '--reply', 'raw', '--log', 'json'];

export interface LogLine {
  readonly event: string;
  readonly remote?: { readonly host: string; readonly port: number };
  readonly proxy?: { readonly host: string };
  readonly bytesRead: number;
  readonly bytesDiscarded: number;
  readonly bytesWritten: number;
}

export class Balanced {
  readonly host = front;
  readonly port: number;
  readonly #admin: string;
  readonly #servers: Server[];

  static async start(): Promise<Balanced> {
    const servers = await Promise.all(hosts.map((host) => Server.start(host)));
    const folder = mkdtempSync(join(tmpdir(), 'rxjs-tcp-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const port = await freePort(front);
    const balanced = new Balanced(port, join(folder, 'admin.sock'), servers);
    balanced.#startHaproxy();
    await balanced.#untilUp();
    return balanced;
  }

  private constructor(port: number, admin: string, servers: Server[]) {
    this.port = port;
    this.#admin = admin;
    this.#servers = servers;
  }

  /** Restarts each server, which HAProxy is told of before, and goes on to the next one once HAProxy uses it again. */
  async restartEach(): Promise<void> {
    for (const [index, server] of this.#servers.entries()) {
      const name = names[index];
      await this.#ask(`set server echo/${name} state drain`);
      // What HAProxy has begun before that has come to the server.
      await expect.poll(async () => server.active - (await this.#sessions(name)), { timeout: 20_000 }).toBe(0);
      await server.restart();
      await this.#ask(`set server echo/${name} state ready`);
      await this.#untilUp();
    }
  }

  /** Ends the servers in order, and returns what all of them have logged. */
  async end(): Promise<LogLine[][]> {
    return Promise.all(this.#servers.map((server) => server.end()));
  }

  #startHaproxy(): void {
    const addresses = this.#servers.flatMap(({ host, port, metricsPort }, index) => [
      [`SERVER_${index + 1}`, `${host}:${port}`],
      [`SERVER_${index + 1}_METRICS`, metricsPort],
    ]);
    const places = { HAPROXY_BIND: `${front}:${this.port}`, HAPROXY_ADMIN: this.#admin };
    const env = { ...process.env, ...places, ...Object.fromEntries(addresses) };
    const haproxy = spawn('haproxy', ['-db', '-q', '-f', 'deploy/haproxy.cfg'], { env, stdio: 'inherit' });
    const exited = once(haproxy, 'exit');
    onTestFinished(async () => {
      haproxy.kill('SIGKILL');
      await exited;
    });
  }

  async #untilUp(): Promise<void> {
    const up = names.map((name) => [name, 'UP']);
    const states = async () => (await this.#stat()).map(({ svname, status }) => [svname, status]);
    await expect.poll(states, { timeout: 20_000 }).toEqual(up);
  }

  /** Connections that HAProxy has with the server, or has begun. */
  async #sessions(name: string | undefined): Promise<number> {
    return Number((await this.#stat()).find(({ svname }) => svname === name)?.scur);
  }

  /** What HAProxy knows of each server, by the names of its fields. */
  async #stat(): Promise<Record<string, string>[]> {
    const [header = '', ...lines] = (await this.#ask('show stat')).replace(/^# /, '').split('\n');
    const fields = header.split(',');
    const rows = lines.map((line) => Object.fromEntries(line.split(',').map((value, index) => [fields[index], value])));
    return rows.filter(({ svname }) => names.some((name) => name === svname));
  }

  /** '' while HAProxy starts. */
  async #ask(command: string): Promise<string> {
    const socket = net.connect(this.#admin);
    socket.end(`${command}\n`);
    return text(socket).catch(() => '');
  }
}

class Server {
  readonly host: string;
  readonly port: string;
  readonly metricsPort: string;
  readonly #log: string[] = [];
  #running: RunningServer;

  static async start(host: string): Promise<Server> {
    return new Server(host, await Server.#serve(host, '0', '0'));
  }

  private constructor(host: string, running: RunningServer) {
    this.host = host;
    this.port = running.port;
    this.metricsPort = /"metrics":"[\d.]+:(\d+)"/.exec(running.printed())?.[1] ?? '';
    this.#running = running;
  }

  static #serve(host: string, port: string, metricsPort: string): Promise<RunningServer> {
    const places = ['--host', host, '--port', port, '--metrics', `${host}:${metricsPort}`];
    return serveElsewhere([...places, '--proxy-protocol', '127.0.0.0/8', ...echoing]);
  }

  /** Connections that it has opened and not closed. */
  get active(): number {
    const count = (event: string) => this.#running.printed().split(`"event":"${event}"`).length;
    return count('opened') - count('closed');
  }

  async restart(): Promise<void> {
    await this.#stop();
    this.#running = await Server.#serve(this.host, this.port, this.metricsPort);
  }

  async end(): Promise<LogLine[]> {
    await this.#stop();
    return this.#log.map((line) => JSON.parse(line));
  }

  async #stop(): Promise<void> {
    const { status, stdout, stderr } = await this.#running.end('SIGTERM');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    this.#log.push(...stdout.trimEnd().split('\n'));
  }
}

async function freePort(host: string): Promise<number> {
  const listener = net.createServer().listen(0, host);
  await once(listener, 'listening');
  const { port } = listener.address() as net.AddressInfo;
  listener.close();
  await once(listener, 'close');
  return port;
}
