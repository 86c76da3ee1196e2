/** A server, its clients and what happens to them, played until nothing is left to happen; and what is promised then. */
import {
  asyncScheduler,
  concat,
  defer,
  finalize,
  from,
  map,
  mergeMap,
  NEVER,
  type Observable,
  Subscription,
  timer,
} from 'rxjs';
import { expect } from 'vitest';
import {
  type Closing,
  type Fault,
  faulty,
  type Handler,
  type TcpConnectConfig,
  type Transport,
  tcpConnect,
} from '../../lib/index.js';
import { type Simulation, SimulationError, simulate } from '../../lib/testing.js';
import { type Act, type Client, RawClient, StreamClient, type StreamPlan } from './clients.js';
import { Dice } from './dice.js';
import { onlySeed } from './seeds.js';
import { type ServerLimits, WatchedServer } from './watched-server.js';

/** A handler, and what it is to answer to all that it is given. */
export interface Service {
  readonly handler: Handler;
  readonly answer: (request: Buffer) => Buffer;
}

/** What an echo answers. */
export function same(request: Buffer): Buffer {
  return request;
}

/** From an instant on, these faults are on a transport. */
export interface Change {
  readonly atMs: number;
  readonly faults: readonly Fault[];
}

/** By then all connections have ended, and the slowest handler has answered. */
const mostMs = 3_000_000;

/** What may be left on its way behind the end: segments, which take so long at most. */
const mostTravelMs = 2_000;

/** What makes a stream end before its end. */
const liars: ReadonlySet<string> = new Set(['limitData', 'timeout', 'closeBeforeReply', 'closeAfterReply', 'halfOpen']);

export class Trial {
  readonly dice: Dice;
  readonly network: Simulation['network'];
  readonly clients: Client[] = [];
  readonly #simulation: Simulation;
  #server: WatchedServer | undefined;
  #proxy: WatchedServer | undefined;
  #service: Service | undefined;
  /** A fault may cut a stream and have it look complete. */
  #hasLiars = false;
  #hasCrashes = false;
  #lastPlace = 0;
  #isOver = false;
  #stoppedAt = 0;
  /** What is still to be done. */
  readonly #deeds = new Subscription();
  readonly #hosts = new Set<string>();

  constructor(simulation: Simulation) {
    this.#simulation = simulation;
    this.dice = new Dice(simulation.random);
    this.network = simulation.network;
    for (const name of ['web', 'db']) this.host(name);
  }

  now(): number {
    return asyncScheduler.now();
  }

  /** Does it, unless all is over before. */
  at(ms: number, work: () => void): void {
    this.#deeds.add(timer(ms).subscribe(work));
  }

  /** All clients begin. */
  begin(): void {
    for (const client of this.clients) {
      if (client.startsAtMs === 0) client.begin();
      else this.at(client.startsAtMs, () => client.begin());
    }
    this.at(mostMs, () => expect.fail('a connection waits for ever'));
  }

  /** Once no connection is left, the servers stop, and nothing else is done. */
  changed(): void {
    const isOpen = this.clients.some(({ outcome }) => outcome === 'open');
    if (this.#isOver || isOpen || this.#servers.some(({ isBusy }) => isBusy)) return;
    this.#isOver = true;
    timer(0).subscribe(() => this.#stop());
  }

  #stop(): void {
    this.#deeds.unsubscribe();
    this.#stoppedAt = this.now();
    for (const name of this.#hosts) this.network.restart(name);
    for (const server of this.#servers) server.stop();
  }

  get #servers(): WatchedServer[] {
    return [this.#server, this.#proxy].filter((server) => server !== undefined);
  }

  /** On the host `db`. */
  serve(service: Service, config: ServerLimits = {}, faults: readonly Change[] = []): WatchedServer {
    const server = new WatchedServer(config, service.handler, this, service.answer === same);
    this.#server = server;
    this.#service = service;
    this.#simulation.host('db', (transport) => server.program(this.faulty(transport, faults)));
    return server;
  }

  /** On the host `proxy`, to which clients connect then. */
  proxy(config: ServerLimits, client: Partial<TcpConnectConfig>): WatchedServer {
    const upstream = this.host('proxy');
    const proxy = new WatchedServer(
      config,
      tcpConnect({ ...client, host: 'db', port: 7, transport: upstream }),
      this,
      false,
    );
    this.#proxy = proxy;
    this.#simulation.host('proxy', (transport) => proxy.program(transport));
    return proxy;
  }

  /** The host of that name, for clients. */
  host(name: string): Transport {
    this.#hosts.add(name);
    return this.#simulation.host(name);
  }

  /** On the host `from`. */
  stream(
    plan: StreamPlan,
    config: Partial<TcpConnectConfig> = {},
    faults: readonly Change[] = [],
    from = 'web',
  ): StreamClient {
    const transport = this.faulty(this.host(from), faults);
    const host = this.#proxy ? 'proxy' : 'db';
    return this.#add(new StreamClient(this.#place(), this, plan, { ...config, host, port: 7, transport }));
  }

  /** On the host `from`, at the level of the transport. */
  raw(acts: readonly Act[], from = 'web'): RawClient {
    const host = this.#proxy ? 'proxy' : 'db';
    return this.#add(new RawClient(this.#place(), this, acts, this.host(from), host));
  }

  crash(name: string): void {
    this.#hasCrashes = true;
    this.network.crash(name);
  }

  faulty(transport: Transport, changes: readonly Change[]): Transport {
    if (changes.length === 0) return transport;
    this.#hasLiars ||= changes.some(({ faults }) => faults.some(({ name }) => liars.has(name)));
    const isFixed = changes.length === 1 && changes[0]?.atMs === 0;
    const faults = isFixed ? (changes[0]?.faults ?? []) : defer(() => this.#changing(changes));
    return faulty(transport, faults, { seed: this.dice.between(0, 1_000_000) });
  }

  #changing(changes: readonly Change[]): Observable<readonly Fault[]> {
    const now = this.now();
    const present = changes.filter(({ atMs }) => atMs <= now).slice(-1);
    const later = changes.filter(({ atMs }) => atMs > now);
    const later$ = from(later).pipe(mergeMap((change) => timer(change.atMs - now).pipe(map(() => change))));
    return concat(present, later$).pipe(map(({ faults }) => faults));
  }

  #place(): number {
    this.#lastPlace = (this.#lastPlace + 104_729) % 400_000; // so that bytes of another client show
    return this.#lastPlace;
  }

  #add<C extends Client>(client: C): C {
    this.clients.push(client);
    return client;
  }

  /** How its connection ended, as the server tells. */
  closing(client: Client): Closing {
    const entrance = this.#proxy ?? this.#server;
    const closing = client.address === undefined ? undefined : entrance?.talks.get(client.address)?.closing;
    if (closing === undefined) throw new Error('The server has not reported the end of the connection');
    return closing;
  }

  /** It has received what it is to be answered, and the end. */
  expectAnswered(client: Client): void {
    expect(client.outcome).toBe('complete');
    expectSame(Buffer.concat(client.received), (this.#service as Service).answer(client.sent));
  }

  // ---- what is promised ----

  /** Nothing is left to happen. */
  check(): void {
    for (const server of this.#servers) server.check();
    const ends = [...this.#servers.map(({ endedAt }) => endedAt), ...this.clients.map(({ overAt }) => overAt)];
    for (const client of this.clients) {
      expect(client.outcome, 'of a client that waits for ever').not.toBe('open');
      this.#conserved(client);
    }
    const endMs = Math.max(this.#stoppedAt, ...(ends as number[]));
    expect(this.now(), 'when the last timer was due').toBeLessThanOrEqual(endMs + mostTravelMs);
  }

  /** What has arrived is what was sent, and all of it where it looks complete. */
  #conserved(client: Client): void {
    const { answer } = this.#service as Service;
    const { sent, sawEnd } = client;
    const received = Buffer.concat(client.received);
    const entrance = this.#proxy ?? (this.#server as WatchedServer);
    const talk = client.address === undefined ? undefined : entrance.talks.get(client.address);
    if (talk === undefined) {
      expect(received.length, 'bytes from a server that knows no such client').toBe(0);
      return;
    }
    const delivered = Buffer.concat(talk.delivered);
    const replied = Buffer.concat(talk.replied);
    expectPrefix(delivered, sent, 'delivered, of what was sent');
    expectPrefix(received, replied, 'received, of what was replied');
    if (this.#hasLiars) return;
    if (talk.hasEnded && !client.hasDestroyed) {
      expect(client.hasEnded, 'has ended its side').toBe(true);
      expect(delivered.length, 'delivered where the end was seen').toBe(sent.length);
    }
    if (sawEnd) expect(received.length, 'received where the end was seen').toBe(replied.length);
    const isWhole = talk.hasEnded && !client.hasDestroyed && !this.#isCutUpstream;
    if (isWhole && talk.isAnswered && talk.closing?.reason === 'ended') expectSame(replied, answer(sent));
  }

  /** Then what a proxy has from its upstream may be less than all, and end in order: a server that stops or that closes what idles. */
  get #isCutUpstream(): boolean {
    if (this.#proxy === undefined || this.#server === undefined) return false;
    const { stoppedAt = this.#stoppedAt, config } = this.#server;
    const idles = (config.idleTimeoutMs ?? Number.POSITIVE_INFINITY) !== Number.POSITIVE_INFINITY;
    return this.#hasCrashes || idles || stoppedAt < this.#stoppedAt;
  }
}

function expectPrefix(part: Buffer, whole: Buffer, what: string): void {
  if (part.length <= whole.length && part.equals(whole.subarray(0, part.length))) return;
  const index = part.findIndex((byte, place) => byte !== whole[place]);
  expect.fail(`${what}: ${part.length} bytes, of ${whole.length}, which differ from byte ${index} on`);
}

function expectSame(actual: Buffer, expected: Buffer): void {
  expectPrefix(actual, expected, 'answered');
  expect(actual.length, 'bytes answered').toBe(expected.length);
}

/** Throws with the seed and the trace where something is not as promised, nor as the function that `begin` returns says. */
export function playOut(seed: number, begin: (trial: Trial) => (() => void) | undefined): void {
  let problem: unknown;
  let isPlayedOut = false;
  try {
    simulate(
      seed,
      (simulation) => {
        const trial = new Trial(simulation);
        const check = begin(trial);
        trial.begin();
        // The simulation ends when nothing is left to happen; what it closes then is not looked at.
        return NEVER.pipe(
          finalize(() => {
            problem = problemOf(() => {
              trial.check();
              check?.();
            });
          }),
        );
      },
      { maxTraceLines: onlySeed === undefined ? 50 : Number.POSITIVE_INFINITY },
    );
  } catch (error) {
    if (!(error instanceof SimulationError)) throw error;
    isPlayedOut = error.message.startsWith('Nothing is left to happen');
    if (!isPlayedOut) throw error;
    const told = onlySeed === undefined ? error.message : error.trace.join('\n');
    if (problem !== undefined) throw new Error(`${(problem as Error).message}\n${told}`, { cause: problem });
  }
  expect(isPlayedOut).toBe(true);
}

function problemOf(work: () => void): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return undefined;
}
