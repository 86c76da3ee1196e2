/** The commands for a server and its clients, on the model and over the memory network alike. */
import fc from 'fast-check';
import { expect } from 'vitest';
import type { Connection } from '../../lib/index.js';
import type { RawPeer } from '../support/raw-peer.js';
import { type ClientModel, type ServerModel, tickMs } from './model.js';
import type { Stage } from './stage.js';

export interface Real {
  readonly stage: Stage;
  readonly clients: { readonly peer: RawPeer; readonly news: string[] }[];
}

/** After each command all that is due happens, and the model is compared with the server. */
abstract class Command implements fc.Command<ServerModel, Real> {
  abstract check(model: Readonly<ServerModel>): boolean;
  abstract play(model: ServerModel, real: Real): void;
  abstract toString(): string;

  run(model: ServerModel, real: Real): void {
    this.play(model, real);
    real.stage.clock.settle();
    compare(model, real);
  }
}

class Connect extends Command {
  check(): boolean {
    return true;
  }

  play(model: ServerModel, { stage, clients }: Real): void {
    model.connect();
    const peer = stage.peer();
    const news: string[] = [];
    peer.news$.subscribe((each) => news.push(each));
    clients.push({ peer, news });
  }

  toString(): string {
    return 'connect';
  }
}

class Advance extends Command {
  readonly #ticks: number;

  constructor(ticks: number) {
    super();
    this.#ticks = ticks;
  }

  check(): boolean {
    return true;
  }

  play(model: ServerModel, { stage }: Real): void {
    stage.clock.advance(this.#ticks * tickMs);
    model.now = stage.clock.now;
  }

  toString(): string {
    return `advance ${this.#ticks * tickMs} ms`;
  }
}

class Stop extends Command {
  check(): boolean {
    return true;
  }

  play(model: ServerModel, { stage }: Real): void {
    model.stoppedAt = Math.min(model.stoppedAt, model.now);
    stage.stop();
  }

  toString(): string {
    return 'stop';
  }
}

type Deed = (client: ClientModel, peer: RawPeer, now: number) => void;

/** What one of the clients does, if it can. */
class Client extends Command {
  readonly #name: string;
  readonly #pick: number;
  readonly #can: (client: ClientModel) => boolean;
  readonly #deed: Deed;

  constructor(name: string, pick: number, can: (client: ClientModel) => boolean, deed: Deed) {
    super();
    this.#name = name;
    this.#pick = pick;
    this.#can = can;
    this.#deed = deed;
  }

  check({ clients }: Readonly<ServerModel>): boolean {
    const client = clients[this.#pick % clients.length];
    return client !== undefined && this.#can(client);
  }

  play({ clients, now }: ServerModel, real: Real): void {
    const index = this.#pick % clients.length;
    this.#deed(clients[index] as ClientModel, (real.clients[index] as Real['clients'][number]).peer, now);
  }

  toString(): string {
    return `${this.#name} #${this.#pick}`;
  }
}

const canSend = (client: ClientModel): boolean => client.canSend;
const lives = (client: ClientModel): boolean => client.resetAt === Number.POSITIVE_INFINITY;

const deeds: Record<string, readonly [can: (client: ClientModel) => boolean, deed: Deed]> = {
  'half-close': [
    canSend,
    (client, peer, now) => {
      client.endedAt = now;
      peer.socket.end();
    },
  ],
  reset: [
    lives,
    (client, peer, now) => {
      client.resetAt = now;
      peer.socket.reset();
    },
  ],
  'stop reading': [
    (client) => lives(client) && client.isReading,
    (client, peer) => {
      client.readsSince = Number.POSITIVE_INFINITY;
      peer.socket.pause();
    },
  ],
  'start reading': [
    (client) => lives(client) && !client.isReading,
    (client, peer, now) => {
      client.readsSince = now;
      peer.socket.resume();
    },
  ],
};

/** Ascending numbers, so that each byte differs from its neighbours. */
const numbers = Array.from({ length: 400 }, (_, index) => String(index).padStart(4, ' ')).join('');

function send(pick: number, bytes: number): Command {
  return new Client(`send ${bytes} bytes`, pick, canSend, (client, peer) => {
    const text = numbers.slice(0, bytes);
    client.send(text);
    peer.send(text);
  });
}

const pick = fc.nat(7);

/** All commands; those that end things are rarer, for little happens after them. */
export const commands: readonly fc.Arbitrary<fc.Command<ServerModel, Real>>[] = [
  fc.constant(new Connect()),
  fc.tuple(pick, fc.integer({ min: 1, max: 1_000 })).map(([pick, bytes]) => send(pick, bytes)),
  fc.tuple(pick, fc.integer({ min: 1, max: 1_000 })).map(([pick, bytes]) => send(pick, bytes)),
  fc.nat(20).map((ticks) => new Advance(ticks)),
  fc.nat(20).map((ticks) => new Advance(ticks)),
  fc
    .tuple(fc.constantFrom(...Object.keys(deeds)), pick)
    .map(([name, pick]) => new Client(name, pick, ...(deeds[name] as [never, never]))),
  fc.nat(9).map((one) => (one === 0 ? new Stop() : new Advance(one))),
];

export function compare(model: ServerModel, { stage, clients }: Real): void {
  stage.ledgers.check();
  for (const [index, client] of model.clients.entries()) {
    const { peer, news } = clients[index] as Real['clients'][number];
    const { received } = peer;
    expect(received).toBe(client.mayHave.slice(0, received.length));
    expect(received.length).toBeGreaterThanOrEqual(client.mustHave);
    if (!client.isReading) expect(received.length).toBe(client.had);
    client.had = received.length;
    if (client.seesEnd !== 'either') expect(news.includes('ended')).toBe(client.seesEnd);
    const isHere = ({ connection }: { connection: Connection }) => connection.remote.port === peer.socket.local?.port;
    expect(stage.of('opened').filter(isHere).length).toBe(client.isOpened ? 1 : 0);
    const closings = stage.of('closed').filter(isHere);
    const { at, ...expected } = client.closed;
    expect(closings.length).toBe(client.isAccepted && at <= model.now ? 1 : 0);
    for (const { reason, bytesRead, bytesDiscarded } of closings) {
      expect({ reason, bytesRead, bytesDiscarded }).toEqual(expected);
    }
  }
  if (model.completedAt <= model.now) expect(stage.completedAt).toBe(model.completedAt);
  else expect(stage.completedAt).toBe(undefined);
}
