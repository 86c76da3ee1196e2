/** What all connections of the process hold together, in a process whose heap is small. */
import { ignoreElements, map, NEVER, of, tap } from 'rxjs';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { oldGenerationBytes } from '../../lib/connection/old-generation.js';
import type { Connection, Handler, ServerEvent, TcpServerConfig } from '../../lib/index.js';
import { byHand, type Clock } from '../properties/stage.js';
import { RawPeer } from '../support/raw-peer.js';

vi.mock('../../lib/connection/old-generation.js', async (original) => {
  const { oldGenerationBytes } = await original<typeof import('../../lib/connection/old-generation.js')>();
  return { oldGenerationBytes: vi.fn(oldGenerationBytes) };
});

const mebibyte = 1_048_576;

/** What an item that is held costs beside its bytes. */
const itemCostBytes = 256;

/** What a connection costs beside what it holds. */
const connectionCostBytes = 8_192;

/** What is left to the program. */
const programBytes = 8 * mebibyte;

type Library = typeof import('../../lib/index.js');

/** The library in a process whose old generation may grow to that beside the program, and where nothing is held yet. */
async function libraryIn(roomBytes: number): Promise<Library> {
  vi.mocked(oldGenerationBytes).mockReturnValue(programBytes + roomBytes);
  vi.resetModules(); // the library asks for the limit once
  return import('../../lib/index.js');
}

// Specs that run behind this one in the same process get a library with the budget of this process.
afterAll(() => {
  vi.mocked(oldGenerationBytes).mockReset();
  vi.resetModules();
});

/** Holds, in as many items, as many bytes as a chunk lists. */
const holds: Handler = (chunks$, connection) =>
  chunks$.pipe(
    tap((chunk) => {
      for (const bytes of String(chunk).match(/\d+/g) ?? []) connection.hold(Number(bytes) - itemCostBytes);
    }),
    ignoreElements(),
  );

/** A server whose connections have no limit but the one that they share. */
class Process {
  readonly events: ServerEvent[] = [];
  readonly clock: Clock;
  readonly library: Library;
  readonly transport: ReturnType<Library['memoryNetwork']>;
  readonly stop: () => void;

  constructor(library: Library, clock: Clock, handler = holds, config: Partial<TcpServerConfig> = {}) {
    const { memoryNetwork, tcpServer } = library;
    this.library = library;
    this.clock = clock;
    this.transport = memoryNetwork();
    const unlimited = { highWaterMarkBytes: Number.POSITIVE_INFINITY, writeTimeoutMs: Number.POSITIVE_INFINITY };
    const server$ = tcpServer({ port: 1, transport: this.transport, ...unlimited, ...config }, handler);
    const server = server$.subscribe((event) => this.events.push(event));
    this.stop = () => {
      server.unsubscribe();
      clock.settle();
    };
    clock.settle();
  }

  /** A connection that holds items of these sizes, if the server accepts it. */
  connect(...items: readonly number[]): Peer {
    return new Peer(this, items);
  }
}

class Peer {
  readonly raw: RawPeer;
  /** Undefined where the server has refused it. */
  readonly connection: Connection | undefined;
  readonly #clock: Clock;
  #sentBytes = 0;

  constructor({ clock, events, transport }: Process, items: readonly number[]) {
    this.#clock = clock;
    this.raw = new RawPeer(transport, 1);
    clock.settle();
    const event = events.at(-1);
    if (event?.type === 'opened') this.connection = event.connection;
    if (items.length > 0) this.send(items.join(' '));
  }

  send(bytes: string | Buffer): void {
    this.raw.send(bytes);
    this.#sentBytes += bytes.length;
    this.#clock.settle();
  }

  /** Whether the server has read all that was sent. */
  get isRead(): boolean {
    return this.connection?.bytesRead === this.#sentBytes;
  }

  /** Whether the server goes on reading: that it holds too much it may notice with the first of two chunks. */
  get isReading(): boolean {
    this.send('.');
    this.send('.');
    return this.isRead;
  }

  release(item: number): void {
    this.connection?.release(item - itemCostBytes);
    this.#clock.settle();
  }

  reset(): void {
    this.raw.socket.reset();
    this.#clock.settle();
  }

  end(): void {
    this.raw.socket.end();
    this.#clock.settle();
  }
}

/** Whether a server accepts a connection now. */
function accepts(process: Process): boolean {
  const newcomer = process.connect();
  newcomer.reset();
  return newcomer.connection !== undefined;
}

/** There is no connection, and nothing is held: the budget is free to the byte, and so are the shares in it. */
function expectNothingHeld(process: Process, budget: number): void {
  const all = process.connect(budget - connectionCostBytes);
  expect(accepts(process), 'with all of the budget held').toBe(true);
  const thirds = [process.connect(), process.connect()] as const;
  thirds[0].send(`${Math.floor(budget / 3)}`);
  thirds[1].send(`${Math.floor(budget / 3) + 1}`);
  expect(accepts(process), 'with more than the budget held').toBe(false);
  expect(thirds.map((each) => each.isReading)).toEqual([true, false]);
  for (const each of [all, ...thirds]) each.reset();
}

const budget = mebibyte;

/** Plays in a process with that budget. */
async function inProcess(act: (process: Process) => void, handler = holds, config: Partial<TcpServerConfig> = {}) {
  const library = await libraryIn(4 * budget);
  byHand((clock) => act(new Process(library, clock, handler, config)));
}

describe('the memory budget of a process', () => {
  it.each([
    [
      'a quarter of a small heap beside 8 MiB for the program, less 8 KiB for a connection',
      4 * mebibyte,
      mebibyte - connectionCostBytes,
    ],
    ['256 MiB of a large heap', 64 * 1_024 * mebibyte, 256 * mebibyte],
  ])('is %s: a connection is accepted while that is held, and dropped once a byte more is', async (_, room, bytes) => {
    const library = await libraryIn(room);
    byHand((clock) => {
      const process = new Process(library, clock);
      const holder = process.connect(bytes - 1_000, 1_000);
      expect(accepts(process)).toBe(true);
      holder.send('1001');
      holder.release(1_000);
      expect(accepts(process)).toBe(false);
      expect(process.events.at(-1)).toMatchObject({ type: 'dropped', reason: 'memory' });
    });
  });

  it.each<[name: string, container: () => number, bytes: number]>([
    ['an eighth of the memory of a container', () => 8 * mebibyte, mebibyte],
    ['a quarter of the heap in a container with more than twice its memory', () => 1_024 * mebibyte, 16 * mebibyte],
    ['a quarter of the heap where Node cannot tell of a container', () => 0, 16 * mebibyte],
    [
      'a quarter of the heap where the runtime denies the question',
      () => {
        throw new Error('no leave to ask for it');
      },
      16 * mebibyte,
    ],
  ])('is %s', async (_, container, bytes) => {
    const asked = vi.spyOn(process, 'constrainedMemory').mockImplementation(container);
    const library = await libraryIn(64 * mebibyte);
    asked.mockRestore();
    byHand((clock) => {
      const [listening] = new Process(library, clock).events;
      expect(listening).toMatchObject({ type: 'listening', usage: { memoryLimitBytes: bytes } });
    });
  });

  it('is shared: over it, a connection is read from as long as it holds no more than an equal share', () =>
    inProcess((process) => {
      const idle = Array.from({ length: 5 }, () => process.connect());
      const [first, second, third] = [process.connect(), process.connect(), process.connect()];
      first.send(`${budget}`);
      second.send(`${Math.floor(budget / 3)}`);
      third.send(`${Math.floor(budget / 3) + 1}`);
      expect(second.isReading).toBe(true);
      expect(third.isReading).toBe(false);
      expect(idle.map((each) => each.isReading)).toEqual(idle.map(() => true));
      expect(first.isReading).toBe(false);
    }));

  it('leaves a connection its own high-water mark', () =>
    inProcess(
      (process) => {
        const [large, small] = [process.connect(), process.connect()];
        large.send(`${2 * budget}`);
        small.send('1001');
        expect(small.isReading).toBe(false);
      },
      holds,
      { highWaterMarkBytes: 1_000 },
    ));

  it('lets all connections that wait read on once half of it is free, and none before', () =>
    inProcess((process) => {
      const half = (budget - 5 * connectionCostBytes) / 2;
      const waiting = 210_000; // more than a fifth
      const rest = half - 2 * waiting;
      const others = [process.connect(), process.connect(), process.connect(rest, 1_000)];
      const [one, two] = [process.connect(), process.connect()];
      others[0]?.send('300000');
      others[1]?.send('300000');
      one.send(`${waiting}`);
      two.send(`${waiting}`);
      expect([one.isReading, two.isReading]).toEqual([false, false]);
      others[0]?.release(300_000);
      others[1]?.release(300_000);
      expect([one.isRead, two.isRead]).toEqual([false, false]);
      others[2]?.release(1_000);
      expect([one.isRead, two.isRead]).toEqual([true, true]);
    }));

  const closings: [name: string, close: (peer: Peer, process: Process) => void][] = [
    ['is reset', (peer) => peer.reset()],
    ['ends in order', (peer) => peer.end()],
    ['is aborted with its server', (_, process) => process.stop()],
  ];
  it.each(closings)('is free again of what a connection holds that %s', (_, close) =>
    inProcess((process) => {
      const holder = process.connect(2 * budget);
      expect(accepts(process)).toBe(false);
      close(holder, process);
      const { library, clock } = process;
      expectNothingHeld(new Process(library, clock), budget);
    }),
  );

  it('counts nothing more of a connection that is closed, though it waited and its operators release late', () =>
    inProcess((process) => {
      const [first, second, third] = [process.connect(), process.connect(), process.connect()];
      for (const peer of [first, second, third]) peer.send('400000');
      expect(third.isReading).toBe(false);
      third.reset();
      first.release(400_000);
      second.release(400_000);
      third.release(400_000);
      for (const peer of [first, second]) peer.reset();
      expectNothingHeld(process, budget);
    }));

  it('is one for all servers of the process', () =>
    inProcess((process) => {
      const other = new Process(process.library, process.clock);
      const holder = process.connect(budget + 1);
      expect(accepts(other)).toBe(false);
      holder.reset();
      expectNothingHeld(other, budget);
    }));

  const situations: [name: string, handler: Handler, fill: (peer: Peer) => void][] = [
    ['chunks that no reader takes', () => NEVER, (peer) => peer.send(Buffer.alloc(2 * budget))],
    [
      'replies that a peer does not read',
      (chunks$) => chunks$.pipe(map(() => Buffer.alloc(2 * budget))),
      (peer) => {
        peer.raw.socket.pause();
        peer.send('x');
      },
    ],
  ];
  it.each(situations)('counts %s', (_, handler, fill) =>
    inProcess((process) => {
      const peer = process.connect();
      fill(peer);
      expect(accepts(process)).toBe(false);
      peer.reset();
      const { library, clock } = process;
      expectNothingHeld(new Process(library, clock), budget);
    }, handler),
  );

  it('leaves out what clients hold: servers accept however much waits in one', () =>
    inProcess(
      ({ library, clock, transport }) => {
        const other = new Process(library, clock);
        const client$ = of(Buffer.alloc(2 * budget)).pipe(library.tcpConnect({ port: 1, transport }));
        const client = client$.subscribe({ error: () => {} });
        clock.settle();
        expect(accepts(other)).toBe(true);
        client.unsubscribe();
        clock.settle();
        expectNothingHeld(other, budget);
      },
      () => NEVER,
      { highWaterMarkBytes: 1 },
    ));

  it('counts 8 KiB for each connection, so that idle ones alone are dropped in the end', () =>
    inProcess((process) => {
      const most = budget / connectionCostBytes;
      const idle = Array.from({ length: most }, () => process.connect());
      expect(accepts(process)).toBe(true);
      idle.push(process.connect());
      expect(accepts(process)).toBe(false);
      idle[0]?.reset();
      expect(accepts(process)).toBe(true);
      for (const peer of idle) peer.reset();
      expectNothingHeld(process, budget);
    }));

  it('accepts idle connections beyond the 256 MiB, which are for what is held: 33 000 on a large heap', async () => {
    const { memoryNetwork, tcpServer } = await libraryIn(4_096 * mebibyte);
    byHand((clock) => {
      const transport = memoryNetwork();
      const counts = { listening: 0, opened: 0, dropped: 0 };
      const server = tcpServer({ port: 1, transport }, () => NEVER).subscribe(({ type }) => {
        counts[type as 'opened'] += 1;
      });
      clock.settle();
      for (let count = 0; count < 33_000; count += 1) new RawPeer(transport, 1);
      clock.settle();
      expect(counts).toEqual({ listening: 1, opened: 33_000, dropped: 0 });
      server.unsubscribe();
      clock.settle();
    });
  });

  it('lets a connection that waits read on once idle ones have closed and so leave it room', () =>
    inProcess((process) => {
      const idle = Array.from({ length: 80 }, () => process.connect());
      const [one, ...others] = [process.connect(), process.connect(), process.connect()] as const;
      for (const other of others) other.send(`${Math.round(0.05 * budget)}`);
      one.send(`${Math.round(0.35 * budget)}`);
      expect(one.isReading).toBe(false);
      for (const peer of idle) peer.reset();
      expect(one.isRead).toBe(true);
    }));
});

describe('memoryBudgetBytes', () => {
  it('gives a server a budget of its own, which no other server fills', () =>
    inProcess((process) => {
      const own = new Process(process.library, process.clock, holds, { memoryBudgetBytes: 100_000 });
      process.connect(2 * budget);
      expect(accepts(process)).toBe(false);
      expect(accepts(own)).toBe(true);
      own.connect(100_000 - connectionCostBytes + 1);
      expect(accepts(own)).toBe(false);
      expect(own.events.at(-1)).toMatchObject({ type: 'dropped', reason: 'memory' });
    }));

  it('is no part of the budget that the other servers share', () =>
    inProcess((process) => {
      const own = new Process(process.library, process.clock, holds, { memoryBudgetBytes: Number.POSITIVE_INFINITY });
      own.connect(1_000 * budget);
      expect(accepts(own)).toBe(true);
      expectNothingHeld(process, budget);
    }));
});
