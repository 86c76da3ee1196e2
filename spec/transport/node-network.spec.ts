/** What only the network of Node has: a fast path that leans on undocumented parts of Node, and its fallback. */
import { randomBytes } from 'node:crypto';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { stat } from 'node:fs';
import net from 'node:net';
import { getSystemErrorMap } from 'node:util';
import {
  catchError,
  concat,
  concatMap,
  count,
  filter,
  finalize,
  first,
  forkJoin,
  from,
  ignoreElements,
  last,
  lastValueFrom,
  map,
  merge,
  of,
  Subject,
  startWith,
  take,
  tap,
  toArray,
} from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import {
  type Handler,
  type NodeNetworkConfig,
  nodeNetwork,
  type Transport,
  tcpConnect,
  tcpServer,
} from '../../lib/index.js';
import { realNetworks } from '../support/networks.js';
import { serving, text } from '../support/serving.js';
import { listening, tcpTable } from '../support/tcp-table.js';

/** Node connects in the next tick: then the peers are in the kernel's queue, and the turn has not come back to that. */
function stopOnceConnecting(stop: () => void): void {
  process.nextTick(() =>
    queueMicrotask(() =>
      process.nextTick(() => {
        stop();
        spin(150);
      }),
    ),
  );
}

function spin(milliseconds: number): void {
  for (const until = performance.now() + milliseconds; performance.now() < until; );
}

/** Without the part of Node's handles that reads into one buffer need, for as long as the work takes. */
async function withoutUserBuffers<T>(work: () => Promise<T>): Promise<T> {
  const server = net.createServer().listen(0);
  let owner = (server as unknown as { _handle: object })._handle;
  while (!Object.hasOwn(owner, 'useUserBuffer')) owner = Object.getPrototypeOf(owner);
  const property = Object.getOwnPropertyDescriptor(owner, 'useUserBuffer') as PropertyDescriptor;
  server.close();
  Reflect.deleteProperty(owner, 'useUserBuffer');
  try {
    return await work();
  } finally {
    Object.defineProperty(owner, 'useUserBuffer', property);
  }
}

interface StreamHandle {
  writeBuffer(request: unknown, bytes: Uint8Array): number;
}

/** The kernel answers a write of these bytes with the error of that name, for as long as the work takes. */
async function withWriteError<T>(bytes: string, error: string, work: () => Promise<T>): Promise<T> {
  const server = net.createServer().listen(0);
  let owner = (server as unknown as { _handle: StreamHandle })._handle;
  while (!Object.hasOwn(owner, 'writeBuffer')) owner = Object.getPrototypeOf(owner);
  server.close();
  const own = owner.writeBuffer;
  const [status] = [...getSystemErrorMap()].find(([, [name]]) => name === error) as [number, unknown];
  owner.writeBuffer = function (request, written) {
    return Buffer.from(bytes).equals(written) ? status : own.call(this, request, written);
  };
  try {
    return await work();
  } finally {
    owner.writeBuffer = own;
  }
}

/** The kernel's timer of the connection whose local port is this one. */
function timerAt(port: number | undefined): string | undefined {
  return tcpTable(process.pid).find(({ local, state }) => local === port && state !== listening)?.timer;
}

function bytesIn(chunks: readonly Buffer[]): number {
  return chunks.reduce((sum, { length }) => sum + length, 0);
}

interface StreamSocket {
  _writeGeneric(...args: unknown[]): void;
  readonly _handle: StreamHandle;
}

/** The network of a process whose sockets pass other arguments to their handles than Node 20 to 26 do, as later versions may. */
async function networkWithOtherWrites(
  change: (request: object, bytes: Uint8Array) => readonly unknown[],
): Promise<Transport> {
  const sockets = net.Socket.prototype as unknown as StreamSocket;
  const own = sockets._writeGeneric;
  sockets._writeGeneric = function (...args) {
    const { writeBuffer } = this._handle;
    this._handle.writeBuffer = (request, bytes) =>
      Reflect.apply(writeBuffer, this._handle, change(request as object, bytes));
    Reflect.apply(own, this, args);
  };
  vi.resetModules(); // the library looks once in a process
  try {
    const { nodeNetwork: networkThere } = await import('../../lib/index.js');
    const transport = networkThere();
    await lastValueFrom(
      of('x').pipe(
        tcpConnect({ port: 1, transport }),
        catchError(() => of(undefined)),
      ),
    ); // it looks now
    return transport;
  } finally {
    sockets._writeGeneric = own;
    vi.resetModules();
  }
}

/** Whether a server there takes its connections past Node, which otherwise announces each socket that it accepts. */
async function takesThemFast(transport: Transport): Promise<boolean> {
  let announced = 0;
  const count = (): void => {
    announced += 1;
  };
  subscribe('net.server.socket', count);
  const opened$ = serving(
    transport,
    (chunks$) => chunks$,
    {},
    ({ port, events$ }) => {
      const client = net.connect(port, '127.0.0.1').on('error', () => {});
      return events$.pipe(
        first(({ type }) => type === 'opened'),
        finalize(() => client.destroy()),
      );
    },
  );
  await lastValueFrom(opened$);
  unsubscribe('net.server.socket', count);
  return announced === 0;
}

class OtherRequest {
  getAsyncId(): number {
    return -1;
  }
}

/** What a server on that network replies to a chunk. Its client uses what Node documents. */
function answerOf({ listen }: Transport): Promise<string> {
  const transport = { ...nodeNetwork({ fastPath: false }), listen };
  return lastValueFrom(
    serving(
      transport,
      (chunks$) => chunks$,
      {},
      ({ connect }) => of('word').pipe(connect(), text()),
    ),
  );
}

describe('nodeNetwork', () => {
  it('a chunk that a handler keeps does not change with later reads', async () => {
    const kept: Buffer[] = [];
    const words = Array.from({ length: 50 }, (_, index) => `word ${index}`);
    const keeping = serving(
      nodeNetwork(),
      (chunks$) => chunks$.pipe(tap((chunk) => kept.push(chunk))),
      {},
      ({ connect }) => from(words).pipe(concatMap((word) => of(word).pipe(connect(), text()))),
    );
    await lastValueFrom(keeping.pipe(toArray()));
    expect(kept.map(String)).toEqual(words);
  });

  it('large and small chunks that a handler keeps do not change with later reads of their connection', async () => {
    const [kept, sent] = [[] as Buffer[], [500_000, 10, 20, 40_000, 500_000, 30].map((bytes) => randomBytes(bytes))];
    const kept$ = new Subject<number>();
    const keep = (chunk: Buffer): void => {
      kept.push(chunk);
      kept$.next(bytesIn(kept));
    };
    const oneAfterAnother$ = from(sent).pipe(
      concatMap((bytes, index) => {
        const upToHere = bytesIn(sent.slice(0, index + 1));
        return merge(
          kept$.pipe(
            first((count) => count === upToHere),
            ignoreElements(),
          ),
          of(bytes),
        );
      }),
    );
    const keeping = serving(
      nodeNetwork(),
      (chunks$) => chunks$.pipe(tap(keep), ignoreElements()),
      {},
      ({ connect }) => oneAfterAnother$.pipe(connect(), text()),
    );
    await lastValueFrom(keeping);
    expect(Buffer.concat(kept).equals(Buffer.concat(sent))).toBe(true);
  });

  it('falls back to what Node documents where its handles are not as expected', async () => {
    expect(await withoutUserBuffers(() => answerOf(nodeNetwork()))).toBe('word');
  });

  it.each([true, false])('takes connections past Node with fastPath true, and not with false: %s', async (fastPath) => {
    expect(await takesThemFast(nodeNetwork({ fastPath }))).toBe(fastPath);
  });

  const withName = (request: object): object => Object.defineProperty(request, 'constructor', { value: WriteWrap });
  class WriteWrap {}

  it.each<[string, (request: object, bytes: Uint8Array) => readonly unknown[]]>([
    ['nothing', () => []],
    ['a request of another class', (_, bytes) => [new OtherRequest(), bytes]],
    ['a request without an asynchronous id', (_, bytes) => [new WriteWrap(), bytes]],
    ['a request that is under way', (_, bytes) => [withName({ getAsyncId: () => 7 }), bytes]],
    ['no bytes', (request) => [request]],
    ['other bytes', (request) => [request, Buffer.alloc(2)]],
    ['a further argument', (request, bytes) => [request, bytes, 'utf8']],
  ])('does as Node documents where a write passes %s', async (_, change) => {
    const transport = await networkWithOtherWrites(change);
    expect(await takesThemFast(transport)).toBe(false);
    expect(await answerOf(transport)).toBe('word');
  });

  it.each([
    [100, 0],
    [4, 8],
  ])(
    'with the backlog %i, opens %i of 12 connections that come turn by turn, and the rest behind them',
    async (backlog, most) => {
      const peers = 12;
      const opened$ = serving(
        nodeNetwork(),
        (chunks$) => chunks$,
        { backlog },
        ({ peer, events, events$ }) => {
          const opened = () => events.filter(({ type }) => type === 'opened').length;
          let atLast = 0;
          let left = peers;
          setImmediate(function come() {
            atLast = opened();
            left -= 1;
            peer();
            if (left > 0) setImmediate(come);
          });
          return events$.pipe(
            filter(({ type }) => type === 'opened'),
            take(peers),
            last(),
            map(() => atLast),
          );
        },
      );
      const opened = await lastValueFrom(opened$);
      expect(opened).toBeLessThanOrEqual(most);
      expect(opened).toBeGreaterThanOrEqual(most / 2);
    },
  );

  it('a server that is told to stop accepts every connection of its accept queue', async () => {
    const peers = 100;
    const accepted$ = serving(
      nodeNetwork(),
      (chunks$) => chunks$,
      {},
      ({ peer, stop, events$ }) =>
        merge(...Array.from({ length: peers }, () => peer().when('connected'))).pipe(
          last(),
          tap(stop),
          concatMap(() => events$),
          filter(({ type }) => type === 'opened'),
          take(peers),
          count(),
        ),
    );
    expect(await lastValueFrom(accepted$)).toBe(peers);
  });

  it('a server that is told to stop accepts every connection of its accept queue, however busy its process is', async () => {
    const peers = 10;
    const accepted$ = serving(
      nodeNetwork(),
      (chunks$) => chunks$,
      {},
      ({ peer, stop, events$ }) => {
        for (let index = 0; index < peers; index += 1) peer();
        stopOnceConnecting(stop);
        return events$.pipe(
          filter(({ type }) => type === 'opened'),
          take(peers),
          count(),
        );
      },
    );
    expect(await lastValueFrom(accepted$)).toBe(peers);
  });

  it.each([0, 40])(
    'a server with %i connections that is told to stop between two looks at the kernel accepts those that came meanwhile',
    async (before) => {
      const peers = 10;
      const opened$ = serving(
        nodeNetwork(),
        (chunks$) => chunks$,
        { backlog: 16 },
        ({ peer, stop, events$ }) => {
          const opened$ = events$.pipe(filter(({ type }) => type === 'opened'));
          // Files are told of when the kernel has been asked for connections, which it is again in the next turn.
          const told = () => {
            for (let index = 0; index < peers; index += 1) peer();
            stopOnceConnecting(stop);
          };
          const counted$ = opened$.pipe(
            startWith(undefined),
            map((_, count) => count),
          );
          counted$.pipe(take(before + 1)).subscribe((count) => {
            if (count < before) peer();
            else stat('.', told);
          });
          return opened$.pipe(take(before + peers), count());
        },
      );
      expect(await lastValueFrom(opened$)).toBe(before + peers);
    },
  );

  it('a server that is told to stop answers every connection of its accept queue, although peers go on coming', async () => {
    const replies$ = serving(
      nodeNetwork(),
      (chunks$) => chunks$,
      { backlog: 16 },
      ({ peer, stop }) => {
        const clients = Array.from({ length: 10 }, () => peer());
        for (const client of clients) client.send('hello');
        let coming: NodeJS.Immediate | undefined;
        // Behind what the server does in each turn: so the next turn begins with the timers that are due, and not with the sockets.
        function come(): void {
          peer();
          spin(5);
          coming = setImmediate(come);
        }
        stopOnceConnecting(() => {
          stop();
          coming = setImmediate(come);
        });
        const ends = clients.map((client) => merge(client.when('ended'), client.when('failed')).pipe(take(1)));
        return forkJoin(ends).pipe(
          map((ended) => ended.map(({ received }) => received)),
          finalize(() => clearImmediate(coming)),
        );
      },
    );
    expect(await lastValueFrom(replies$)).toEqual(Array(10).fill('hello'));
  });

  it('a server that is told to stop reads what the peers of its accept queue have sent, however busy its process is', async () => {
    const peers = 5;
    const replies$ = serving(
      nodeNetwork(),
      (chunks$) => chunks$,
      {},
      ({ peer, stop }) => {
        const clients = Array.from({ length: peers }, () => peer());
        for (const client of clients) client.send('hello');
        stopOnceConnecting(stop);
        // In each turn the timers are due before the sockets are looked at.
        let busy = setImmediate(function compute() {
          spin(5);
          busy = setImmediate(compute);
        });
        return forkJoin(clients.map((client) => client.when('ended'))).pipe(
          map(() => clients.map(({ received }) => received)),
          finalize(() => clearImmediate(busy)),
        );
      },
    );
    expect(await lastValueFrom(replies$)).toEqual(Array.from({ length: peers }, () => 'hello'));
  });

  it('a server that is told to stop closes its port, although peers go on coming', async () => {
    const opened$ = serving(
      nodeNetwork(),
      (chunks$) => chunks$,
      { backlog: 16 },
      ({ peer, stop, events$ }) => {
        const another = (): void => {
          const next = peer();
          next.when('connected').subscribe(another);
          next.when('ended').subscribe(() => next.socket.end());
        };
        for (let index = 0; index < 4; index += 1) another();
        events$.pipe(first(({ type }) => type === 'opened')).subscribe(stop);
        return events$.pipe(
          filter(({ type }) => type === 'opened'),
          count(),
        );
      },
    );
    const opened = await lastValueFrom(opened$);
    expect(opened).toBeGreaterThan(16);
    expect(opened).toBeLessThan(100);
  });

  it('a server that is unsubscribed from closes every connection of its accept queue', async () => {
    const seen: string[] = [];
    const ends = await new Promise<Promise<unknown>[]>((resolve) => {
      const server = tcpServer({ port: 0 }, (chunks$) => chunks$).subscribe((event) => {
        seen.push(event.type);
        if (event.type === 'listening') {
          const { port } = event.address;
          const clients = Array.from({ length: 200 }, () => net.connect(port, '127.0.0.1').on('error', () => {}));
          resolve(clients.map((client) => new Promise((closed) => client.on('close', closed))));
        }
        if (event.type === 'opened') server.unsubscribe();
      });
    });
    await Promise.all(ends);
    expect(seen).toEqual(['listening', 'opened']);
  });

  it.runIf(process.platform === 'linux').each([
    [1_000, true, '02'],
    [1_000, false, '02'],
    [Number.POSITIVE_INFINITY, true, '00'],
    [Number.POSITIVE_INFINITY, false, '00'],
  ])('with keepAliveMs %s, fastPath %s, an accepted socket has timer %s', async (keepAliveMs, fastPath, timer) => {
    const timers: (string | undefined)[] = [];
    const serves$ = serving(
      nodeNetwork({ fastPath }),
      (chunks$, { local }) => chunks$.pipe(tap(() => timers.push(timerAt(local.port)))),
      { keepAliveMs },
      ({ connect }) => of('word').pipe(connect(), text()),
    );
    await lastValueFrom(serves$);
    expect(timers).toEqual([timer]);
  });

  it.each([{ fast: true }, { fastPath: 1 }])('refuses %j', (config) => {
    expect(() => nodeNetwork(config as NodeNetworkConfig)).toThrow(TypeError);
    expect(() => nodeNetwork(config as NodeNetworkConfig)).toThrow('fastPath');
  });
});

describe.each(realNetworks)('the $name', ({ play }) => {
  it('reports an errno that no table knows as ERR_SYSTEM, and it ends one connection alone', async () => {
    const handler: Handler = (chunks$) => chunks$.pipe(map((chunk) => (String(chunk) === 'doomed' ? 'lost' : chunk)));
    const seen = await withWriteError('lost', 'ENOBUFS', () =>
      play((transport) =>
        serving(transport, handler, {}, ({ peer, closed$, connect }) => {
          peer().send('doomed');
          const closing$ = closed$.pipe(take(1));
          return concat(
            closing$.pipe(map(({ reason, error }) => [reason, error?.code, (error?.cause as Error)?.message])),
            of('next').pipe(connect(), text()),
          );
        }),
      ),
    );
    expect(seen).toEqual([['reset', 'ERR_SYSTEM', expect.stringContaining('ENOBUFS')], 'next']);
  });
});
