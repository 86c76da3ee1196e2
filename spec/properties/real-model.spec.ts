/** A server over real sockets under sequences of what clients do: each receives what it sent, and a stop ends all. */
import fc from 'fast-check';
import { firstValueFrom, Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { echo, nodeNetwork, type ServerEvent, tcpServer } from '../../lib/index.js';
import { RawPeer } from '../support/raw-peer.js';
import { Ledgers } from './ledgers.js';
import { runs } from './runs.js';

/** What a client has sent; nothing more is expected of it once it has reset. */
interface ClientModel {
  sent: string;
  state: 'open' | 'ended' | 'reset';
  reads: boolean;
}

interface Model {
  readonly clients: ClientModel[];
}

class Server {
  readonly peers: RawPeer[] = [];
  readonly events: ServerEvent[] = [];
  readonly ledgers = new Ledgers();
  readonly stop$ = new Subject<void>();
  readonly listening: Promise<number>;
  readonly completed: Promise<void>;

  constructor(drainTimeoutMs: number) {
    const handler = this.ledgers.audit(echo({ delayMs: 2, delayPer: 'chunk', reply: 'raw' }));
    const server$ = tcpServer({ port: 0, stop$: this.stop$, drainTimeoutMs }, handler);
    const { promise: completed, resolve: complete, reject } = withResolvers<void>();
    const { promise: listening, resolve: listen } = withResolvers<number>();
    server$.subscribe({
      next: (event) => {
        this.events.push(event);
        if (event.type === 'listening') listen(event.address.port);
      },
      complete,
      error: reject,
    });
    this.listening = listening;
    this.completed = completed;
  }

  count(type: ServerEvent['type']): number {
    return this.events.filter((event) => event.type === type).length;
  }
}

function withResolvers<T>() {
  let resolve: (value: T) => void = () => {};
  let reject: (error: unknown) => void = () => {};
  const promise = new Promise<T>((...settle) => {
    [resolve, reject] = settle;
  });
  return { promise, resolve, reject };
}

type Step = (client: ClientModel, peer: RawPeer) => Promise<unknown> | undefined;

class Command implements fc.AsyncCommand<Model, Server> {
  readonly #name: string;
  readonly #pick: number;
  readonly #can: (client: ClientModel) => boolean;
  readonly #step: Step;

  constructor(name: string, pick: number, can: (client: ClientModel) => boolean, step: Step) {
    this.#name = name;
    this.#pick = pick;
    this.#can = can;
    this.#step = step;
  }

  check({ clients }: Readonly<Model>): boolean {
    const client = clients[this.#pick % clients.length];
    return client !== undefined && this.#can(client);
  }

  async run({ clients }: Model, server: Server): Promise<void> {
    const index = this.#pick % clients.length;
    await this.#step(clients[index] as ClientModel, server.peers[index] as RawPeer);
    server.ledgers.check();
  }

  toString(): string {
    return `${this.#name} #${this.#pick}`;
  }
}

class Connect implements fc.AsyncCommand<Model, Server> {
  check(): boolean {
    return true;
  }

  async run({ clients }: Model, server: Server): Promise<void> {
    const peer = new RawPeer(nodeNetwork(), await server.listening);
    clients.push({ sent: '', state: 'open', reads: true });
    server.peers.push(peer);
    await firstValueFrom(peer.when('connected'));
  }

  toString(): string {
    return 'connect';
  }
}

const isOpen = ({ state }: ClientModel): boolean => state === 'open';
const isAlive = ({ state }: ClientModel): boolean => state !== 'reset';

const hasAll = (client: ClientModel, peer: RawPeer) => firstValueFrom(peer.whenReceived(client.sent.length));

const steps: Record<string, readonly [can: (client: ClientModel) => boolean, step: Step]> = {
  'half-close': [
    isOpen,
    (client, { socket }) => {
      client.state = 'ended';
      socket.end();
      return undefined;
    },
  ],
  reset: [
    isAlive,
    (client, { socket }) => {
      client.state = 'reset';
      socket.reset();
      return undefined;
    },
  ],
  'stop reading': [
    isAlive,
    (client, { socket }) => {
      client.reads = false;
      socket.pause();
      return undefined;
    },
  ],
  'start reading': [
    isAlive,
    (client, { socket }) => {
      client.reads = true;
      socket.resume();
      return undefined;
    },
  ],
  'wait for all': [(client) => isAlive(client) && client.reads && client.sent !== '', hasAll],
};

const numbers = Array.from({ length: 16_000 }, (_, index) => String(index).padStart(5, ' ')).join('');

const pick = fc.nat(5);

const commands = [
  fc.constant(new Connect()),
  fc.tuple(pick, fc.integer({ min: 1, max: numbers.length })).map(
    ([pick, bytes]) =>
      new Command(`send ${bytes} bytes`, pick, isOpen, (client, peer) => {
        client.sent += numbers.slice(0, bytes);
        peer.send(numbers.slice(0, bytes));
        return undefined;
      }),
  ),
  fc
    .tuple(fc.constantFrom(...Object.keys(steps)), pick)
    .map(([name, pick]) => new Command(name, pick, ...(steps[name] as (typeof steps)[string]))),
];

const drainTimeoutMs = 100;

/** Ends every client that is still connected, in order, and reads what is on its way to it. */
async function finish({ clients }: Model, { peers }: Server): Promise<void> {
  for (const [index, { state, sent }] of clients.entries()) {
    const peer = peers[index] as RawPeer;
    if (state === 'reset') continue;
    peer.socket.resume();
    if (state === 'open') peer.socket.end();
    await firstValueFrom(peer.when('closed'));
    expect(peer.received).toBe(sent);
  }
}

describe('a server over real sockets', () => {
  it('echoes to each client what it sent, and completes after a stop, whatever its peers do', async () => {
    const script = fc.commands(commands, { maxCommands: 30, size: '+1' });
    const property = fc.asyncProperty(script, fc.boolean(), async (script, finishes) => {
      const server = new Server(drainTimeoutMs);
      await server.listening;
      const model: Model = { clients: [] };
      await fc.asyncModelRun(() => ({ model, real: server }), script);
      if (finishes) await finish(model, server);
      server.stop$.next();
      await server.completed; // though peers that do not read, or do not end, are left
      server.ledgers.check();
      expect(server.count('opened')).toBe(server.count('closed'));
      expect(server.count('opened') + server.count('dropped')).toBe(model.clients.length);
      for (const [index, { sent }] of model.clients.entries()) {
        const { received, socket } = server.peers[index] as RawPeer;
        expect(received).toBe(sent.slice(0, received.length));
        socket.reset();
      }
    });
    await fc.assert(property, runs(30));
  });
});
