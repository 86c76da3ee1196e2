/** A case of the catalogue: what is provoked, and what must hold at its end whatever it was. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { expect } from 'vitest';
import { main } from '../../support/command.js';
import { residentBytes } from '../../support/process-figures.js';
import { elapse, eventually } from './eventually.js';
import { MemoryGroup } from './memory-group.js';
import type { Need } from './needs.js';
import { Networks } from './networks.js';
import { scripts } from './scripts.js';
import { type Launch, Server } from './server.js';

const megabyte = 1_048_576;

/** C4: what load may cost, at most, beside what the process has when it is warm. */
const memory = { loadBytes: 32 * megabyte, connectionBytes: 512 * 1_024 };

/** C7: a reason's end and the release of its descriptor. */
const releasedWithinMs = 1_000;

export interface FaultOptions {
  /** Of `rxjs-tcp serve`, beside `--port 0 --log json --log-level debug --reply raw`. */
  readonly flags?: readonly string[];
  /** The library instead of the command: options of `tcpServer`, and the name of a handler of library-server.mjs. */
  readonly library?: readonly [config: object, handler: string];
  /** The library at a path, an abstract one of Linux. */
  readonly unix?: true;
  /** The old generation of its heap, in MiB: the only flag that Node is started with, where the library is. */
  readonly heapMebibytes?: number;
  /** The memory of its control group, in MiB: the kernel kills a process that takes more. */
  readonly containerMebibytes?: number;
  readonly tier?: 'fast' | 'long';
  readonly needs?: readonly Need[];
  /** How much later than undisturbed the bystander's p99 may be, in milliseconds. Without it there is no bystander. */
  readonly bystanderMs?: number;
  /** Where the case's bound on memory is not C4's. */
  readonly memoryBytes?: number;
  /** `ulimit -n`. */
  readonly files?: number;
  /** How many connections warm the server up: 1 000 where memory is what it is about. */
  readonly warmUp?: number;
  /** How many of them come at once: fewer where the server has a limit. */
  readonly atOnce?: number;
  /** Nothing else may run beside it: its bounds are tight. So it is with every bystander. */
  readonly alone?: true;
  /** A network of its own between clients and server. */
  readonly network?: true;
  /** The case ends the server, or its log: it then checks for itself what is left to be checked. */
  readonly ends?: 'server' | 'log';
}

export type Body = (server: Server, networks: Networks) => Promise<void>;

export interface Fault {
  readonly id: string;
  readonly title: string;
  readonly options: FaultOptions;
  readonly body: Body;
}

export function fault(id: string, title: string, options: FaultOptions, body: Body): Fault {
  return { id, title, options, body };
}

/** The server under test: the built command; the same, where Node has only what it documents; or the naive server. */
export type Subject = 'ours' | 'documented' | 'naive';

/** Plays the case against the subject. */
export async function play(fault: Fault, subject: Subject = 'ours'): Promise<void> {
  const { options, body } = fault;
  const networks = options.network ? await Networks.create() : Networks.none;
  const { containerMebibytes } = options;
  const group = containerMebibytes === undefined ? undefined : new MemoryGroup(containerMebibytes * megabyte);
  const launch = launchOf(options, subject, networks, group);
  let server: Server | undefined;
  let bystander: Bystander | undefined;
  try {
    server = await Server.start(launch);
    await warmUp(server, options, subject);
    const base = takeBase(server);
    if (options.bystanderMs !== undefined) bystander = await Bystander.start(server, networks);
    server.begin();
    await Promise.race([body(server, networks).catch(blame(server, options)), untimelyEnd(server, options)]);
    await checkEnd(server, options, base, bystander);
  } finally {
    await server?.kill();
    networks.close();
    group?.remove();
  }
}

let paths = 0;

function launchOf(options: FaultOptions, subject: Subject, networks: Networks, group?: MemoryGroup): Launch {
  const { flags = [], library, heapMebibytes, files } = options;
  const host = networks.serverHost;
  const command = [
    ...main,
    'serve',
    '--port',
    '0',
    '--host',
    host,
    '--log',
    'json',
    '--log-level',
    'debug',
    '--reply',
    'raw',
    ...flags,
  ];
  const limited = files === undefined ? [] : ['sh', '-c', `ulimit -n ${files}; exec "$0" "$@"`];
  const before = [...networks.inServer, ...limited, ...(group?.entry ?? [])];
  if (subject === 'naive') return { before, host, script: [scripts.naive, ...flags] };
  const preload = subject === 'documented' ? ['--import', scripts.documented] : [];
  if (library === undefined) return { before, host, script: [...preload, ...command] };
  const [config, handler] = library;
  const path = options.unix && `\0rxjs-tcp faults ${process.pid} ${++paths}`;
  const heap = heapMebibytes === undefined ? [] : [`--max-old-space-size=${heapMebibytes}`];
  const place = path === undefined ? { host, port: 0 } : { path };
  const script = [...heap, ...preload, scripts.library, JSON.stringify({ ...place, ...config }), handler];
  return { before, host, path, script };
}

/** Enough connections to warm up: what a process needs once is no connection's cost. */
export const thorough = 1_000;

async function warmUp(server: Server, options: FaultOptions, subject: Subject): Promise<void> {
  if (options.network) return; // its cases are about time
  const { atOnce = 100, memoryBytes, warmUp = memoryBytes === undefined ? 100 : thorough } = options;
  for (let opened = 0; opened < warmUp; opened += atOnce) {
    const clients = await server.connectAll(atOnce);
    for (const client of clients) client.socket.write('w');
    await server.logged(opened + atOnce, 'opened');
    // A delay may be hours, so our server's are reset. The naive one would not survive that.
    for (const client of clients) subject === 'naive' ? client.end() : client.reset();
    await server.logged(opened + atOnce, 'closed');
  }
  server.forget();
}

interface Base {
  readonly openFiles: number;
  readonly residentBytes: number;
}

function takeBase(server: Server): Base {
  server.forgetPeak();
  return { openFiles: server.openFiles, residentBytes: residentBytes(server.pid) };
}

async function untimelyEnd(server: Server, { ends }: FaultOptions): Promise<void> {
  const status = await server.exited;
  if (ends === 'server') return new Promise(() => {});
  throw new Error(`The server ended with ${status}: ${server.stderr}`);
}

/** That the server has died says more than what a client notices of it. */
function blame(server: Server, { ends }: FaultOptions) {
  return async (error: unknown): Promise<never> => {
    if (ends !== 'server') await Promise.race([server.exited, elapse(100)]);
    if (ends !== 'server' && !server.isAlive) throw new Error(`The server ended: ${server.stderr}`, { cause: error });
    throw error;
  };
}

async function checkEnd(server: Server, options: FaultOptions, base: Base, bystander?: Bystander): Promise<void> {
  if (options.ends === 'server') {
    expect(server.isAlive, 'the server is to have ended').toBe(false);
  } else {
    checkMemory(server, options, base);
    await bystander?.check(options.bystanderMs ?? 0);
    await checkRelease(server, base);
    if (options.ends !== 'log') await checkAccounting(server);
    expect(server.isAlive, `the server is to be alive: ${server.stderr}`).toBe(true);
  }
  expect(server.stderr, 'a stack trace').not.toMatch(/^\s+at .*:\d+/m);
  expect(server.uncaught, 'uncaught exceptions').toEqual([]);
}

function checkMemory(server: Server, options: FaultOptions, base: Base): void {
  const most = options.memoryBytes ?? memory.loadBytes + mostActive(server) * memory.connectionBytes;
  const grown = server.peakBytes - base.residentBytes;
  expect(grown / megabyte, 'MB of memory grown').toBeLessThanOrEqual(most / megabyte);
}

/** The most connections that there were at once. */
function mostActive(server: Server): number {
  let active = 0;
  let most = 0;
  for (const { event } of server.lines) {
    if (event === 'opened') active += 1;
    if (event === 'closed') active -= 1;
    most = Math.max(most, active);
  }
  return most;
}

async function checkRelease(server: Server, base: Base): Promise<void> {
  await server.releaseClients();
  let timers = 0;
  let openFiles = 0;
  const left = () => `${openFiles} descriptors of ${base.openFiles} at first, ${timers} timers`;
  const released = async (): Promise<boolean> => {
    ({ openFiles } = server);
    ({ timers } = await server.report());
    return openFiles <= base.openFiles && timers === 0;
  };
  await eventually(left, released, releasedWithinMs);
  await eventually('the tables are closed', () => !server.readsTables);
}

/** C8: every connection that was opened has been closed, once. */
async function checkAccounting(server: Server): Promise<void> {
  const ids = (event: string) => server.lines.flatMap((line) => (line.event === event ? [line.id] : [])).sort();
  const counts = () => `${ids('opened').length} opened, ${ids('closed').length} closed`;
  await eventually(counts, () => ids('opened').length === ids('closed').length, releasedWithinMs);
  expect(ids('closed'), 'ids closed').toEqual(ids('opened'));
}

interface Figures {
  readonly baselineMs: number;
  readonly trialMs: number;
  readonly lost: number;
  readonly wrong: number;
  readonly failure?: string;
}

/** A client that takes no part in the case, in a process of its own so that only the server can delay it. */
class Bystander {
  readonly #child: ChildProcess;

  static async start(server: Server, networks: Networks): Promise<Bystander> {
    const bystander = new Bystander(server, networks);
    const isReady = once(bystander.#child, 'message').then(() => true);
    const hasDied = server.exited.then(() => false);
    if (await Promise.race([isReady, hasDied])) return bystander;
    throw new Error(`The server ended while nothing happened: ${server.stderr}`);
  }

  private constructor(server: Server, networks: Networks) {
    const args = [scripts.bystander, server.host, String(server.port), String(server.pid)];
    const [program = '', ...rest] = [...networks.inClient, process.execPath, ...args];
    this.#child = server.helper(program, rest, 'ipc');
  }

  async check(lateMs: number): Promise<void> {
    this.#child.send('finish');
    const hasDied = once(this.#child, 'exit').then(() => {
      throw new Error('The bystander ended');
    });
    const [figures] = (await Promise.race([once(this.#child, 'message'), hasDied])) as [Figures];
    const { baselineMs, trialMs, lost, wrong, failure } = figures;
    expect({ lost, wrong, failure }, 'what the bystander missed').toEqual({ lost: 0, wrong: 0, failure: undefined });
    expect(trialMs, "the bystander's p99, in ms").toBeLessThanOrEqual(baselineMs + lateMs);
  }
}
