/** The server under test, in a process of its own, and what can be seen of it and done to it from outside. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { Client, type ClientOptions } from '../../support/client.js';
import { openOn } from '../../support/process-figures.js';
import { type SystemConnection, tcpTable } from '../../support/tcp-table.js';
import { eventually } from './eventually.js';
import { preamble } from './python-peers.js';
import { scripts } from './scripts.js';

export interface LogLine {
  readonly event: string;
  readonly id?: number;
  readonly reason?: string;
  readonly [field: string]: unknown;
}

export interface Report {
  readonly timers: number;
  readonly pauses: number;
  readonly resumes: number;
  readonly mostWritesPastFalse: number;
}

/** How to start it: a program before Node (`nsenter …`), the script, its arguments. */
export interface Launch {
  readonly before: readonly string[];
  readonly script: readonly string[];
  readonly host: string;
  /** Of a Unix socket, in place of a port. */
  readonly path?: string | undefined;
}

export class Server {
  port = 0;
  stderr = '';
  logText = '';
  readonly pid: number;
  readonly stdout: Readable;
  readonly host: string;
  readonly before: readonly string[];
  readonly path: string | undefined;
  isListening = false;
  /** What its log says, line by line. */
  readonly lines: LogLine[] = [];
  readonly uncaught: string[] = [];
  readonly exited: Promise<number | NodeJS.Signals>;
  readonly #child: ChildProcess;
  readonly #clients = new Set<Client>();
  readonly #helpers = new Set<ChildProcess>();
  #orders = 0;
  #begun = 0;

  static async start(launch: Launch): Promise<Server> {
    const server = new Server(launch);
    const diedFirst = server.exited.then((status) => {
      throw new Error(`The server ended with ${status} before it listened: ${server.stderr}`);
    });
    const listening = eventually('listening', () => server.isListening, 10_000);
    await Promise.race([diedFirst, listening]).catch(async (error) => {
      await server.kill();
      throw error;
    });
    return server;
  }

  private constructor({ before, script, host, path }: Launch) {
    this.path = path;
    this.before = before;
    this.host = host;
    const { HOST, PORT, ...env } = process.env;
    const [program, ...args] = [...before, process.execPath, '--import', scripts.observer, ...script];
    const child = spawn(program as string, args, { env, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
    this.#child = child;
    this.pid = child.pid as number;
    this.stdout = child.stdout as Readable;
    this.exited = once(child, 'close').then(([status, signal]) => status ?? signal);
    child.on('message', (message: { uncaught?: string }) => message.uncaught && this.uncaught.push(message.uncaught));
    child.stderr?.on('data', (text) => {
      this.stderr += text;
    });
    this.#readLog();
  }

  #readLog(): void {
    let rest = '';
    this.stdout.setEncoding('utf8').on('data', (text) => {
      this.logText += text;
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        if (line.startsWith('{')) this.lines.push(JSON.parse(line));
        this.isListening ||= /listening\S* on /.test(line);
        this.port ||= Number(/listening\S* on \S*:(\d+)/.exec(line)?.[1] ?? 0);
      }
    });
  }

  get isAlive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  // ---- what its log says ----

  /** Lines of an event since the case began. */
  count(event: string, reason?: string): number {
    const lines = this.lines.slice(this.#begun);
    return lines.filter((line) => line.event === event && (reason === undefined || line.reason === reason)).length;
  }

  /** Peers dropped since the case began. The log has at most one line a second, then the number of those it left out. */
  get droppedPeers(): number {
    const lines = this.lines.slice(this.#begun).filter(({ event }) => event === 'dropped');
    return lines.reduce((sum, { count }) => sum + Number(count ?? 1), 0);
  }

  /** Waits for that many lines of an event since the case began. */
  async logged(count: number, event: string, reason?: string, withinMs?: number): Promise<void> {
    const got = () => `${this.count(event, reason)} of ${count} lines '${[event, reason].join(' ').trim()}'`;
    await eventually(got, () => this.count(event, reason) >= count, withinMs);
  }

  forget(): void {
    this.lines.length = 0;
    this.logText = '';
  }

  /** The case begins: what is in the log by now is the fixture's. */
  begin(): void {
    this.#begun = this.lines.length;
  }

  // ---- what the system says ----

  /** Open descriptors, but for those of tables: they are no peer's, and on a busy machine take half a second (measured). */
  get openFiles(): number {
    return openOn(this.pid).filter((file) => !isTable(file)).length;
  }

  /** Whether it reads the kernel's tables of connections. */
  get readsTables(): boolean {
    return openOn(this.pid).some(isTable);
  }

  /** The most memory since `forgetPeak`: the kernel keeps it, so no sample is missed. */
  get peakBytes(): number {
    const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${this.pid}/status`, 'utf8')) ?? [];
    return Number(kilobytes) * 1_024;
  }

  forgetPeak(): void {
    writeFileSync(`/proc/${this.pid}/clear_refs`, '5');
  }

  /** Its connections, as the system sees them. */
  get connections(): SystemConnection[] {
    return tcpTable(this.pid).filter(({ local }) => local === this.port);
  }

  /** Bytes that came from the client and that the server has not read. */
  unreadBytes({ socket }: Client): number {
    const connection = this.connections.find(({ remote }) => remote === socket.localPort);
    if (connection === undefined) throw new Error('The system has no such connection in its table');
    return connection.unread;
  }

  // ---- what its observer says and does ----

  async order<T>(order: string, argument?: unknown): Promise<T> {
    const id = ++this.#orders;
    const answered = new Promise<T>((resolve) => {
      const listener = (message: { id?: number; answer?: T }): void => {
        if (message.id !== id) return;
        this.#child.off('message', listener);
        resolve(message.answer as T);
      };
      this.#child.on('message', listener);
    });
    this.#child.send({ id, order, argument }, () => {});
    return Promise.race([answered, this.#endedBefore(order)]);
  }

  /** Rejects where the server ends before it has carried out an order: nothing else would tell. */
  async #endedBefore(order: string): Promise<never> {
    const status = await this.exited;
    throw new Error(`The server ended with ${status} before it answered to '${order}': ${this.stderr}`);
  }

  report(): Promise<Report> {
    return this.order('report');
  }

  /** Blocks its event loop; returns once it is blocked. */
  async block(ms: number): Promise<void> {
    const started = new Promise<void>((resolve) => {
      const listener = (message: { started?: boolean }): void => {
        if (!message.started) return;
        this.#child.off('message', listener);
        resolve();
      };
      this.#child.on('message', listener);
    });
    this.order('block', ms).catch(() => {}); // that the server has ended, the case finds out for itself
    await Promise.race([started, this.#endedBefore('block')]);
  }

  // ---- what is done to it ----

  signal(signal: NodeJS.Signals): void {
    process.kill(this.pid, signal);
  }

  async connect(options: ClientOptions = {}): Promise<Client> {
    const client = await Client.connect(this.port, { host: this.host, path: this.path, ...options });
    this.#clients.add(client);
    client.socket.once('close', () => this.#clients.delete(client));
    return client;
  }

  connectAll(count: number, options: ClientOptions = {}): Promise<Client[]> {
    return Promise.all(Array.from({ length: count }, () => this.connect(options)));
  }

  /** A client program, which is killed at the end of the case. */
  helper(program: string, args: readonly string[], stdio: 'pipe' | 'ipc' = 'pipe'): ChildProcess {
    const child = spawn(program, args, {
      stdio: ['pipe', 'pipe', 'pipe', ...(stdio === 'ipc' ? (['ipc'] as const) : [])],
    });
    child.stdin?.on('error', () => {});
    this.#helpers.add(child);
    return child;
  }

  /** Runs a Python program that finds the port in `port`, and returns what it prints. */
  async python(program: string): Promise<string> {
    const child = this.helper('python3', ['-c', preamble(this.host, this.port) + program.replace(/^\n+/, '')]);
    let printed = '';
    let complaint = '';
    child.stdout?.on('data', (text) => {
      printed += text;
    });
    child.stderr?.on('data', (text) => {
      complaint += text;
    });
    const [status] = await once(child, 'close');
    if (status !== 0) throw new Error(`python3 ended with ${status}: ${complaint}`);
    return printed.trim();
  }

  /** Resets all clients, no faster than the server's log is read. */
  async releaseClients(): Promise<void> {
    for (const [index, client] of [...this.#clients].entries()) {
      client.reset();
      if (index % 100 === 99) await new Promise(setImmediate);
    }
    for (const helper of this.#helpers) helper.kill('SIGKILL');
  }

  async kill(): Promise<void> {
    await this.releaseClients();
    this.#child.kill('SIGKILL');
    await this.exited;
  }
}

function isTable(file: string): boolean {
  return /^\/proc\/\d+\/net\/tcp6?$/.test(file);
}
