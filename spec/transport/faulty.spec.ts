/** `faulty`: which connections it strikes, what a seed repeats, and what it refuses at the call. */
import * as fc from 'fast-check';
import { asyncScheduler, BehaviorSubject, concatMap, of, reduce, takeUntil, timer } from 'rxjs';
import { describe, expect, it } from 'vitest';
import {
  bandwidth,
  closeAfterReply,
  corrupt,
  type Fault,
  type FaultyConfig,
  faulty,
  halfOpen,
  type LatencyConfig,
  latency,
  limitData,
  memoryNetwork,
  type ResetPeerConfig,
  refuse,
  resetPeer,
  slicer,
  slowClose,
  tcpConnect,
  tcpServer,
  timeout,
} from '../../lib/index.js';
import { runs } from '../properties/runs.js';
import { reported } from '../support/faulty-pair.js';
import { inVirtualTime } from '../support/virtual-time.js';

/** How each of that many clients ends, one after the other, over a server and clients with these faults. */
function ends(count: number, faults: readonly Fault[], side: 'server' | 'client' | 'both', config?: FaultyConfig) {
  const seen: string[] = [];
  inVirtualTime(() => {
    const network = memoryNetwork();
    const bad = faulty(network, faults, config);
    tcpServer({ port: 7, transport: side === 'client' ? network : bad }, (chunks$) => chunks$).subscribe();
    const transport = side === 'server' ? network : bad;
    for (let index = 0; index < count; index++) {
      const client$ = timer(index).pipe(concatMap(() => of('x').pipe(tcpConnect({ port: 7, transport }))));
      client$.subscribe({ next: () => seen.push('ok'), error: ({ code }) => seen.push(code) });
    }
  });
  return seen;
}

const refused = 'ERR_CONNECTION_REFUSED';
const reset = 'ERR_CONNECTION_RESET';

describe('the connections that a fault strikes', () => {
  it('are the first ones, or those behind them, or both', () => {
    expect(ends(5, [refuse({ first: 3 })], 'client')).toEqual([refused, refused, refused, 'ok', 'ok']);
    expect(ends(5, [refuse({ after: 3 })], 'client')).toEqual(['ok', 'ok', 'ok', refused, refused]);
    expect(ends(5, [refuse({ after: 1, first: 3 })], 'server')).toEqual(['ok', reset, reset, 'ok', 'ok']);
  });

  it('are numbered apart for those that are accepted and those that are made', () => {
    // The first two fail to connect, the next two are the first that the server accepts.
    expect(ends(5, [refuse({ first: 2 })], 'both')).toEqual([refused, refused, reset, reset, 'ok']);
  });

  it('of one fault are not those of another one', () => {
    expect(ends(2, [resetPeer({ afterBytes: 1, first: 1 }), latency({ ms: 1 })], 'server')).toEqual([reset, 'ok']);
  });

  it('are numbered by each listener', () => {
    const seen: string[] = [];
    inVirtualTime(() => {
      const network = memoryNetwork();
      const transport = faulty(network, [refuse({ first: 1 })]);
      for (const port of [7, 8]) {
        tcpServer({ port, transport }, (chunks$) => chunks$).subscribe();
        const client = tcpConnect({ port, transport: network });
        of('x')
          .pipe(client)
          .subscribe({ error: ({ code }) => seen.push(`${port} ${code}`) });
      }
    });
    expect(seen).toEqual([`7 ${reset}`, `8 ${reset}`]);
  });

  it('are the share of toxicity, the same ones for one seed, within first and after', () => {
    const faults = [refuse({ toxicity: 0.3, after: 20 })];
    const seen = ends(220, faults, 'client', { seed: 5 });
    expect(seen.slice(0, 20)).toEqual(Array(20).fill('ok'));
    const struck = seen.filter((end) => end === refused).length;
    expect(struck).toBeGreaterThan(40);
    expect(struck).toBeLessThan(80);
    expect(ends(220, faults, 'client', { seed: 5 })).toEqual(seen);
    expect(ends(220, faults, 'client', { seed: 6 })).not.toEqual(seen);
    expect(ends(9, [refuse({ toxicity: 0 })], 'client')).toEqual(Array(9).fill('ok'));
  });

  it('are wrapped, and no others', () => {
    const network = memoryNetwork();
    const options = { host: 'h', port: 1, noDelay: true, keepAliveMs: 1_000 };
    const plain = network.connect(options).constructor;
    expect(faulty(network, []).connect(options)).toBeInstanceOf(plain);
    expect(faulty(network, [latency({ ms: 1, after: 1 })]).connect(options)).toBeInstanceOf(plain);
    expect(faulty(network, [latency({ ms: 1 })]).connect(options)).not.toBeInstanceOf(plain);
  });

  it('are struck once they are connected: a fault’s time does not begin before', () => {
    const seen: string[] = [];
    inVirtualTime(() => {
      const network = memoryNetwork({ latencyMs: 50 });
      tcpServer({ port: 7, transport: network }, (chunks$) => chunks$).subscribe();
      const startedAt = asyncScheduler.now();
      const transport = faulty(network, [resetPeer({ afterMs: 20 })]);
      timer(100)
        .pipe(concatMap(() => timer(1_000).pipe(tcpConnectNothing(transport))))
        .subscribe({ error: ({ code }) => seen.push(`${asyncScheduler.now() - startedAt} ${code}`) });
    });
    // 50 ms to connect, 20 of the fault, and 50 until the network has closed the connection.
    expect(seen).toEqual([`220 ${reset}`]);
  });
});

const tcpConnectNothing = (transport: ReturnType<typeof faulty>) => (source$: ReturnType<typeof timer>) =>
  source$.pipe(
    concatMap(() => ['late']),
    tcpConnect({ port: 7, transport }),
  );

/** What a client sends arrives like this over these faults, cut at these places; with the times. */
function arrivals(faults: readonly Fault[], pieces: readonly Buffer[], seed: number): string[] {
  return reported(faults, {
    seed,
    play: ({ peer, at }) => {
      for (const [index, piece] of pieces.entries()) at(index, () => peer.send(piece));
      at(pieces.length, () => peer.socket.end());
    },
    on: { peerEnded: (socket) => socket.end() },
  });
}

const bytesOf = (told: readonly string[]) =>
  told.flatMap((line) => (line.includes(' chunk ') ? [line.replace(/^[\d.]+ chunk /s, '')] : [])).join('');

const letters = Buffer.from('abcdefghijklmnopqrstuvwxyz'.repeat(4));

const delay = fc.integer({ min: 0, max: 50 });

/** Faults that conserve bytes. */
const conserving: fc.Arbitrary<Fault> = fc.oneof(
  fc.record({ ms: delay, jitterMs: delay }).map(latency),
  fc.record({ bytesPerSecond: fc.integer({ min: 100, max: 100_000 }) }).map(bandwidth),
  fc
    .record({ bytes: fc.integer({ min: 1, max: 9 }), variation: delay, delayMs: fc.integer({ max: 3, min: 0 }) })
    .map(slicer),
  fc.record({ ms: delay }).map(slowClose),
);

const cuts = fc.uniqueArray(fc.integer({ min: 1, max: letters.length - 1 }), { maxLength: 8 }).map((places) => {
  const sorted = [0, ...places.toSorted((a, b) => a - b), letters.length];
  return sorted.slice(1).map((end, index) => letters.subarray(sorted[index], end));
});

describe('a seed', () => {
  it('gives one trace, the same on every version of Node', () => {
    const faults = [
      slicer({ bytes: 9, variation: 5, delayMs: 1 }),
      corrupt({ probability: 0.1 }),
      latency({ ms: 20, jitterMs: 10 }),
    ];
    expect(arrivals(faults, [letters.subarray(0, 26)], 42)).toEqual([
      '18 chunk abcd\u00e3',
      '19 chunk fghijk\u0093m',
      '26 chunk nopq,',
      '31 chunk st\u00e4vw',
      '31 chunk xyz',
      '31 peerEnded',
      '54 closed',
      '0 timers left',
    ]);
    expect(arrivals(faults, [letters.subarray(0, 26)], 43)).not.toEqual(
      arrivals(faults, [letters.subarray(0, 26)], 42),
    );
  });

  it('is drawn where none is given, and can be read', () => {
    const [one, other] = [faulty(memoryNetwork(), []), faulty(memoryNetwork(), [])];
    expect(one.seed).not.toBe(other.seed);
    expect(faulty(memoryNetwork(), [], { seed: 7 }).seed).toBe(7);
  });

  it('corrupts, slices and cuts off at the same bytes, however TCP cuts chunks', () => {
    fc.assert(
      fc.property(cuts, fc.integer({ min: 0, max: 9 }), (pieces, seed) => {
        const faults = [corrupt({ probability: 0.1 }), resetPeer({ afterBytes: 90 })];
        expect(bytesOf(arrivals(faults, pieces, seed))).toBe(bytesOf(arrivals(faults, [letters], seed)));
        const sliced = (all: readonly Buffer[]) => endsOf(arrivals([slicer({ bytes: 9, variation: 8 })], all, seed));
        expect(sliced(pieces)).toEqual(expect.arrayContaining(sliced([letters])));
      }),
      runs(100),
    );
  });

  it('passes all bytes on, in order, through faults that conserve them, with one trace', () => {
    fc.assert(
      fc.property(fc.array(conserving, { maxLength: 4 }), cuts, fc.nat(99), (faults, pieces, seed) => {
        const told = arrivals(faults, pieces, seed);
        expect(bytesOf(told)).toBe(letters.toString());
        expect(told.slice(-3).map((line) => line.replace(/^[\d.]+ /, ''))).toEqual([
          'peerEnded',
          'closed',
          'timers left',
        ]);
        expect(told.at(-1)).toBe('0 timers left');
        expect(arrivals(faults, pieces, seed)).toEqual(told);
      }),
      runs(200),
    );
  });
});

/** At which bytes the chunks end. */
function endsOf(told: readonly string[]): number[] {
  let bytes = 0;
  return told.flatMap((line) => {
    if (!line.includes(' chunk ')) return [];
    bytes += bytesOf([line]).length;
    return [bytes];
  });
}

/** Sends 50 MiB as a sender that heeds `queuedBytes`: the most that was sent and had not arrived, and when all had. */
function transfer(fault: Fault): { most: number; seconds: number } {
  const size = 50 * 1_048_576;
  const block = Buffer.alloc(65_536);
  let [sent, most, seconds] = [0, 0, Number.POSITIVE_INFINITY];
  let send = (): void => {};
  let received = (_: number): void => {};
  reported([fault], {
    play: ({ socket, peer }) => {
      const [sender, receiver] = fault.direction === 'incoming' ? [peer.socket, socket] : [socket, peer.socket];
      let arrived = 0;
      send = () => {
        while (sent < size && sender.queuedBytes <= block.length) {
          sender.write(block);
          sent += block.length;
          most = Math.max(most, sent - arrived);
        }
      };
      received = (bytes) => {
        arrived += bytes;
        if (arrived === size) seconds = asyncScheduler.now() / 1_000;
      };
      peer.news$.subscribe((news) => {
        if (news === 'drained' && sender === peer.socket) send();
        if (news === 'chunk' && receiver === peer.socket) received(peer.receivedBytes - arrived);
      });
      send();
    },
    on: { drained: () => send() },
    receive: (bytes) => received(bytes),
  });
  return { most, seconds };
}

describe.each(['incoming', 'outgoing'] as const)('50 MiB through a fault, %s', (direction) => {
  /** Of the network, the sender and the fault: each holds up to 64 KiB, and a block more. */
  const buffers = 3 * 131_072;

  it('with latency: 1 MiB travels for each delay, and no more is held', () => {
    const { most, seconds } = transfer(latency({ ms: 100, direction }));
    expect(most).toBeGreaterThan(1_048_576);
    expect(most).toBeLessThanOrEqual(1_048_576 + buffers);
    expect(seconds).toBeGreaterThan(3);
    expect(seconds).toBeLessThanOrEqual(5);
  });

  it('with bandwidth: the sender waits, and little is held', () => {
    const { most, seconds } = transfer(bandwidth({ bytesPerSecond: 1_048_576, direction }));
    expect(most).toBeLessThanOrEqual(buffers);
    expect(seconds).toBeCloseTo(50, 0);
  });

  it('with timeout: the sender waits for good', () => {
    const { most, seconds } = transfer(timeout({ ms: Number.POSITIVE_INFINITY, direction }));
    expect(most).toBeLessThanOrEqual(buffers);
    expect(seconds).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('what faulty refuses', () => {
  const network = memoryNetwork();

  it.each([
    [
      'latency without ms',
      () => latency({} as LatencyConfig),
      'Expected `ms` to be an integer from 0 to 2147483647, got `undefined`',
    ],
    ['a negative time', () => latency({ ms: -1 }), 'Expected `ms` to be an integer from 0 to 2147483647, got `-1`'],
    [
      'an unknown option',
      () => latency({ ms: 1, jitter: 1 } as never),
      'Unknown option `jitter`: did you mean `jitterMs`?',
    ],
    ['no config', () => (limitData as () => Fault)(), 'Expected `config` to be an object, got `undefined`'],
    [
      'a rate of 0',
      () => bandwidth({ bytesPerSecond: 0 }),
      'Expected `bytesPerSecond` to be an integer from 1 to 2147483647, or Infinity, got `0`',
    ],
    [
      'slices of no bytes',
      () => slicer({ bytes: 0 }),
      'Expected `bytes` to be an integer from 1 to 2147483647, got `0`',
    ],
    [
      'a fraction of a byte',
      () => limitData({ bytes: 0.5 }),
      'Expected `bytes` to be an integer from 0 to 2147483647, got `0.5`',
    ],
    [
      'a time that is NaN',
      () => timeout({ ms: Number.NaN }),
      'Expected `ms` to be an integer from 0 to 2147483647, or Infinity, got `NaN`',
    ],
    [
      'an endless end',
      () => slowClose({ ms: Number.POSITIVE_INFINITY }),
      'Expected `ms` to be an integer from 0 to 2147483647, got `Infinity`',
    ],
    [
      'a reset at no place',
      () => resetPeer({}),
      'Expected `afterBytes` to be an integer from 1 to 2147483647, got `undefined`',
    ],
    [
      'a reset at two places',
      () => resetPeer({ afterBytes: 1, afterMs: 1 } as ResetPeerConfig),
      'Expected `afterBytes` or `afterMs`, got both',
    ],
    [
      'a share in words',
      () => halfOpen({ toxicity: '0.5' as never }),
      "Expected `toxicity` to be a number from 0 to 1, got `'0.5'`",
    ],
    ['a share above 1', () => halfOpen({ toxicity: 2 }), 'Expected `toxicity` to be a number from 0 to 1, got `2`'],
    [
      'a probability below 0',
      () => corrupt({ probability: -0.1 }),
      'Expected `probability` to be a number from 0 to 1, got `-0.1`',
    ],
    [
      'another direction',
      () => latency({ ms: 1, direction: 'up' as never }),
      "Expected `direction` to be one of 'incoming', 'outgoing', 'both', got `'up'`",
    ],
    [
      'a direction of a reply',
      () => closeAfterReply({ direction: 'both' } as never),
      'Unknown option `direction`: expected one of `toxicity`, `first`, `after`',
    ],
    [
      'a fault without a list',
      () => faulty(network, latency({ ms: 1 }) as never),
      'Expected `faults` to be a list of faults, such as [latency({ ms: 100 })], or an Observable of lists, got `{ name: ',
    ],
    [
      'a list of functions',
      () => faulty(network, [refuse] as never),
      'Expected `faults` to be a list of faults, such as [latency({ ms: 100 })], or an Observable of lists, got `[ [Function: refuse] ]`',
    ],
    [
      'a transport that is none',
      () => faulty({} as never, []),
      'Expected `transport` to be a transport, such as nodeNetwork(), got `{}`',
    ],
    [
      'a seed that is no integer',
      () => faulty(network, [], { seed: 0.5 }),
      'Expected `seed` to be an integer from 0 to 2147483647, got `0.5`',
    ],
    [
      'an unknown option of its own',
      () => faulty(network, [], { seeds: 1 } as never),
      'Unknown option `seeds`: did you mean `seed`?',
    ],
  ])('%s', (_, call, message) => {
    expect(call).toThrow(message);
  });

  it('an Observable’s value that is no list: an error that is not handled', () => {
    const faults$ = new BehaviorSubject('latency' as never);
    expect(() => reported(faults$, { play() {} })).toThrow('Expected `faults` to be a list of faults');
  });
});

describe('an Observable of faults', () => {
  it('is subscribed to while there is a listener or a connection', () => {
    const faults$ = new BehaviorSubject<readonly Fault[]>([]);
    const isObserved: boolean[] = [];
    inVirtualTime(() => {
      const transport = faulty(memoryNetwork(), faults$);
      isObserved.push(faults$.observed);
      const server = tcpServer({ port: 7, transport }, (chunks$) => chunks$).subscribe();
      isObserved.push(faults$.observed);
      timer(0)
        .pipe(
          concatMap(() =>
            of('x').pipe(
              tcpConnect({ port: 7, transport }),
              reduce(() => 0, 0),
            ),
          ),
        )
        .subscribe({ complete: () => isObserved.push(faults$.observed) });
      timer(100).subscribe(() => server.unsubscribe());
    });
    isObserved.push(faults$.observed);
    expect(isObserved).toEqual([false, true, true, false]);
  });

  it('is subscribed to while any listener is left, however often another one is closed', () => {
    const faults$ = new BehaviorSubject<readonly Fault[]>([]);
    const transport = faulty(memoryNetwork(), faults$);
    const nothing = (): void => {};
    const events = { listening: nothing, accepted: nothing, lost: nothing, warned: nothing, failed: nothing };
    const [one, other] = [1, 2].map((port) =>
      transport.listen({ host: 'h', port, noDelay: true, keepAliveMs: 1_000, backlog: 1 }, events),
    );
    one?.close();
    one?.close();
    expect(faults$.observed).toBe(true);
    other?.close();
    expect(faults$.observed).toBe(false);
  });

  it('is unsubscribed from where the server has refused a connection', () => {
    const faults$ = new BehaviorSubject<readonly Fault[]>([]);
    inVirtualTime(() => {
      const network = memoryNetwork();
      const server$ = tcpServer(
        { port: 7, transport: faulty(network, faults$), accept: () => false },
        (chunks$) => chunks$,
      );
      server$.pipe(takeUntil(timer(100))).subscribe();
      of('x')
        .pipe(tcpConnect({ port: 7, transport: network }))
        .subscribe({ error: () => {} });
    });
    expect(faults$.observed).toBe(false);
  });
});
