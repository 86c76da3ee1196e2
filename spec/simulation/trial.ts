/** A server and its clients in a simulation, what happens to them, and what the library promises whatever that is. */
import { asyncScheduler, concat, defer, from, map, mergeMap, type Observable, Subscription, timer } from 'rxjs';
import { expect } from 'vitest';
import {
  type Closing,
  type Fault,
  faulty,
  type TcpConnectConfig,
  type Transport,
  tcpConnect,
} from '../../lib/index.js';
import type { Simulation } from '../../lib/testing.js';
import { type Act, type Client, RawClient, StreamClient, type StreamPlan } from './clients.js';
import { Dice } from './dice.js';
import { type Service, same } from './services.js';
import { type ServerLimits, WatchedServer } from './watched-server.js';

/** The faults of a transport from an instant on. */
export interface Change {
  readonly atMs: number;
  readonly faults: readonly Fault[];
}

/** By then all connections have ended, and the slowest handler has answered. */
const mostMs = 3_000_000;

/** How long segments may travel after the last server and client have ended. */
const mostTravelMs = 2_000;

/** Faults that end a stream in order before all of it has passed. */
const truncating: ReadonlySet<string> = new Set([
  'limitData',
  'timeout',
  'closeBeforeReply',
  'closeAfterReply',
  'halfOpen',
]);

export class Trial {
  readonly dice: Dice;
  readonly network: Simulation['network'];
  readonly clients: Client[] = [];
  readonly #simulation: Simulation;
  #server: WatchedServer | undefined;
  #proxy: WatchedServer | undefined;
  #service: Service | undefined;
  #mayTruncate = false;
  #hasCrashes = false;
  #lastPlace = 0;
  #isOver = false;
  #stoppedAt = 0;
  /** What is to happen later. */
  readonly #plans = new Subscription();
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

  /** Calls `work` after `ms`, unless all connections have ended before. */
  at(ms: number, work: () => void): void {
    this.#plans.add(timer(ms).subscribe(work));
  }

  /** Starts the clients. */
  begin(): void {
    for (const client of this.clients) {
      if (client.startsAtMs === 0) client.begin();
      else this.at(client.startsAtMs, () => client.begin());
    }
    this.at(mostMs, () => expect.fail('a connection waits for ever'));
  }

  /** Stops the servers after the end of the last connection. */
  changed(): void {
    const isOpen = this.clients.some(({ outcome }) => outcome === 'open');
    if (this.#isOver || isOpen || this.#servers.some(({ isBusy }) => isBusy)) return;
    this.#isOver = true;
    timer(0).subscribe(() => this.#stop());
  }

  #stop(): void {
    this.#plans.unsubscribe();
    this.#stoppedAt = this.now();
    for (const name of this.#hosts) this.network.restart(name);
    for (const server of this.#servers) server.stop();
  }

  get #servers(): WatchedServer[] {
    return [this.#server, this.#proxy].filter((server) => server !== undefined);
  }

  /** Runs a server on the host `db`. */
  serve(service: Service, config: ServerLimits = {}, faults: readonly Change[] = []): WatchedServer {
    const server = new WatchedServer(config, service.handler, this, service.answer === same);
    this.#server = server;
    this.#service = service;
    this.#simulation.host('db', (transport) => server.program(this.faulty(transport, faults)));
    return server;
  }

  /** Runs a proxy to that server on the host `proxy`. Clients that are made later connect to it. */
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

  /** Adds a client on the host `from`. */
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

  /** Adds a client on the host `from` that uses the transport itself. */
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
    this.#mayTruncate ||= changes.some(({ faults }) => faults.some(({ name }) => truncating.has(name)));
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
    this.#lastPlace = (this.#lastPlace + 104_729) % 400_000; // so that bytes of another client are noticed
    return this.#lastPlace;
  }

  #add<C extends Client>(client: C): C {
    this.clients.push(client);
    return client;
  }

  /** How the connection of a client ended, by the event of its server. */
  closing(client: Client): Closing {
    const entrance = this.#proxy ?? this.#server;
    const closing = client.address === undefined ? undefined : entrance?.talks.get(client.address)?.closing;
    if (closing === undefined) throw new Error('The server has not reported the end of the connection');
    return closing;
  }

  /** Expects that a client has received its whole answer, and FIN. */
  expectAnswered(client: Client): void {
    expect(client.outcome).toBe('complete');
    expectSame(Buffer.concat(client.received), (this.#service as Service).answer(client.sent));
  }

  // ---- what is promised ----

  /** Checks it, once nothing is left to happen. */
  check(): void {
    for (const server of this.#servers) server.check();
    const ends = [...this.#servers.map(({ endedAt }) => endedAt), ...this.clients.map(({ overAt }) => overAt)];
    for (const client of this.clients) {
      expect(client.outcome, 'of a client that still waits').not.toBe('open');
      this.#conserved(client);
    }
    const endMs = Math.max(this.#stoppedAt, ...(ends as number[]));
    expect(this.now(), 'when the last timer was due').toBeLessThanOrEqual(endMs + mostTravelMs);
  }

  /** Bytes arrive as they were sent; where the stream ended in order, all of them. */
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
    if (this.#mayTruncate) return;
    if (talk.hasEnded && !client.hasDestroyed) {
      expect(client.hasEnded, 'has ended its side').toBe(true);
      expect(delivered.length, 'delivered where the end was seen').toBe(sent.length);
    }
    if (sawEnd) expect(received.length, 'received where the end was seen').toBe(replied.length);
    const isWhole = talk.hasEnded && !client.hasDestroyed && !this.#mayEndUpstream;
    if (isWhole && talk.isAnswered && talk.closing?.reason === 'ended') expectSame(replied, answer(sent));
  }

  /** Whether a proxy's upstream may have ended in order before all was passed on: at a shutdown, a crash or an idle timeout. */
  get #mayEndUpstream(): boolean {
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
