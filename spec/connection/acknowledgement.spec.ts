/** A peer that acknowledges nothing: the kernel has taken the replies, and only it knows that they do not arrive. */
import {
  asyncScheduler,
  concat,
  delay,
  filter,
  interval,
  map,
  NEVER,
  type Observable,
  of,
  type SchedulerLike,
  switchMap,
  take,
  timer,
} from 'rxjs';
import { describe, expect, it } from 'vitest';
import { type Handler, memoryNetwork, type Transport, tcpConnect, tcpServer } from '../../lib/index.js';
import { byHand, onStage } from '../properties/stage.js';
import { withKernel } from '../support/kernel.js';
import { lateNetwork } from '../support/late-network.js';
import { RawPeer } from '../support/raw-peer.js';

const port = 50_007;

interface Situation {
  readonly handler: Handler;
  /** From one end to the other, and so for an acknowledgement. */
  readonly latencyMs: number;
  readonly sent$?: Observable<string>;
  readonly writeTimeoutMs?: number;
  readonly network?: (memory: Transport) => Transport;
}

/** Why and how long after it opened a connection closes; nothing where it lives for five minutes. No timer is left. */
function fateOf({
  handler,
  latencyMs,
  sent$ = NEVER,
  writeTimeoutMs = 30_000,
  network = (memory) => memory,
}: Situation): unknown[] {
  const seen: unknown[] = [];
  byHand((clock) => {
    const transport = network(memoryNetwork({ latencyMs }));
    const server = tcpServer({ port, transport, writeTimeoutMs }, handler).subscribe((event) => {
      if (event.type === 'closed') seen.push(event.reason, event.durationMs - latencyMs); // its reset has to travel
    });
    const client = sent$
      .pipe(tcpConnect({ port, transport, connectTimeoutMs: Number.POSITIVE_INFINITY }))
      .subscribe({ error: () => {} });
    clock.advance(300_000);
    client.unsubscribe();
    server.unsubscribe();
    clock.advance(3 * latencyMs); // for what is on its way
    expect(clock.timers).toBe(0);
  });
  return seen;
}

const greeter: Handler = () => concat(of('welcome'), NEVER);
const ticker: Handler = () => interval(700).pipe(map((count) => `${count}\n`));
const answersOnce: Handler = (chunks$) =>
  chunks$.pipe(
    take(1),
    switchMap(() => concat(of('yes'), chunks$.pipe(switchMap(() => NEVER)))),
  );

const networks: [name: string, network: (memory: Transport) => Transport][] = [
  ['takes a write at once', (memory) => memory],
  ['tells of a write a turn later', lateNetwork],
];

describe.each(networks)('acknowledgement, where the network %s', (_, network) => {
  const fate = (situation: Situation) => fateOf({ network, ...situation });

  it('a peer that acknowledges nothing of one reply for writeTimeoutMs is stalled', () => {
    expect(fate({ handler: greeter, latencyMs: 50_000 })).toEqual(['stalled', 30_000]);
  });

  it('a peer that acknowledges nothing of a stream of replies is stalled, though the kernel takes each at once', () => {
    const [reason, afterMs] = fate({ handler: ticker, latencyMs: 50_000 });
    expect(reason).toBe('stalled');
    expect(Math.abs(Number(afterMs) - 30_700)).toBeLessThanOrEqual(1_000);
  });

  it('a peer that acknowledges just within writeTimeoutMs is left alone', () => {
    expect(fate({ handler: greeter, latencyMs: 29_000 })).toEqual([]);
    expect(fate({ handler: ticker, latencyMs: 29_000 })).toEqual([]);
  });

  it('a peer that acknowledges nothing and goes on sending is left alone', () => {
    const situation = { handler: answersOnce, latencyMs: 20_000, writeTimeoutMs: 10_000 };
    expect(fate({ ...situation, sent$: concat(of('x'), NEVER) })).toEqual(['stalled', 30_000]);
    expect(fate({ ...situation, sent$: interval(900).pipe(map(() => 'x')) })).toEqual([]);
  });

  it('a peer that acknowledges nothing is left alone with writeTimeoutMs Infinity', () => {
    const writeTimeoutMs = Number.POSITIVE_INFINITY;
    expect(fate({ handler: greeter, latencyMs: 50_000, writeTimeoutMs })).toEqual([]);
  });
});

const now = () => asyncScheduler.now();

interface Play {
  /** What the kernel holds for the peer of the server's first, second … connection, at the virtual instant. */
  readonly holds: (id: number) => number | undefined;
  readonly handler?: Handler;
  readonly writeTimeoutMs?: number;
  /** When the process stalls for a minute: its clock goes on, and no timer runs. */
  readonly stallsAt?: number;
  /** Without it, one peer connects. */
  readonly act?: (connect: () => RawPeer) => void;
}

const longReply: Handler = () => concat(of(Buffer.alloc(1_000_000)), NEVER);
const connectPaused = (connect: () => RawPeer): void => connect().socket.pause();

/** Which connection closes, why, and in which second of ten minutes. No timer is left at the end. */
function closings({
  holds,
  handler = greeter,
  writeTimeoutMs = 30_000,
  stallsAt = Number.POSITIVE_INFINITY,
  act = (connect) => connect(),
}: Play): [id: number, reason: string, second: number][] {
  const seen: [number, string, number][] = [];
  byHand((clock) => {
    const transport = withKernel(memoryNetwork(), holds);
    const scheduler: SchedulerLike = {
      schedule: asyncScheduler.schedule.bind(asyncScheduler),
      now: () => now() + (now() < stallsAt ? 0 : 60_000),
    };
    const server = tcpServer({ port, transport, writeTimeoutMs, scheduler }, handler).subscribe((event) => {
      if (event.type === 'listening') act(() => new RawPeer(transport, port));
      if (event.type === 'closed') seen.push([event.connection.id, event.reason, Math.floor(clock.now / 1_000)]);
    });
    clock.advance(600_000);
    server.unsubscribe();
    clock.settle();
    expect(clock.timers).toBe(0);
  });
  return seen.filter(([, reason]) => reason !== 'aborted');
}

describe('a peer that takes nothing of a reply', () => {
  it('costs no timer with writeTimeoutMs Infinity', () => {
    const handler: Handler = () => concat(of(Buffer.alloc(1_000)), NEVER);
    const server = { writeTimeoutMs: Number.POSITIVE_INFINITY };
    onStage({ handler, server, network: { bufferBytes: 1 } }, (stage) => {
      stage.peer().socket.pause();
      stage.clock.settle();
      expect(stage.of('opened')[0]?.connection.bytesUnsent).toBeGreaterThan(0);
      expect(stage.clock.timers).toBe(0);
      stage.unsubscribe();
    });
  });
});

/** The kernel is asked a second after the last sign, and its answer is up to a second old: no limit may run out before. */
const shortLimits = [1, 200, 500, 900];

describe.each(shortLimits)(
  'with a limit of %i ms, which is shorter than the kernel takes to answer',
  (writeTimeoutMs) => {
    it('a peer that has acknowledged all is left alone', () => {
      expect(closings({ holds: () => 0, writeTimeoutMs })).toEqual([]);
      expect(closings({ holds: () => 0, handler: ticker, writeTimeoutMs })).toEqual([]);
    });

    it('a peer of which the kernel tells nothing is left alone', () => {
      expect(closings({ holds: () => undefined, writeTimeoutMs })).toEqual([]);
    });

    it('a slow reader is left alone while what the kernel holds shrinks, though it takes nothing of the queue', () => {
      const holds = () => 500_000 - now();
      expect(closings({ holds, handler: longReply, writeTimeoutMs, act: connectPaused })).toEqual([]);
    });
  },
);

it.each([
  [1, 1],
  [200, 1],
  [500, 1],
  [900, 2],
  [2_000, 2],
  [4_000, 4],
  [8_000, 8],
  [30_000, 30],
])('with a limit of %i ms a peer that has acknowledged nothing is stalled in second %i', (writeTimeoutMs, second) => {
  expect(closings({ holds: () => 7, writeTimeoutMs })).toEqual([[1, 'stalled', second]]);
});

describe('a peer that sent something behind its last reply', () => {
  it('is stalled once it acknowledges nothing of a later reply, at the limit after that', () => {
    const handler: Handler = (chunks$) => chunks$.pipe(filter((chunk) => String(chunk) === 'answer'));
    const act = (connect: () => RawPeer) => {
      const peer = connect();
      concat(of('answer', 'and no more').pipe(delay(1_000)), of('answer').pipe(delay(60_000))).subscribe((word) => {
        peer.send(word);
      });
    };
    const holds = () => 'answer'.length;
    expect(closings({ holds, handler, act })).toEqual([[1, 'stalled', 91]]);
  });
});

describe('a peer that acknowledged its earlier reply', () => {
  it('is stalled once it acknowledges nothing of a later one, at the limit after that', () => {
    const act = (connect: () => RawPeer) => {
      const peer = connect();
      concat(of('first').pipe(delay(1_000)), of('later').pipe(delay(60_000))).subscribe((word) => peer.send(word));
    };
    const holds = () => (now() < 61_000 ? 0 : 'later'.length);
    expect(closings({ holds, handler: (chunks$) => chunks$, act })).toEqual([[1, 'stalled', 91]]);
  });
});

describe('two peers that acknowledge nothing', () => {
  const both = () => 7;
  const later = (ms: number, act: () => void) => timer(ms).subscribe(act);

  it('are stalled, each at its own limit, when one opens later', () => {
    const act = (connect: () => RawPeer) => {
      connect();
      later(7_000, connect);
    };
    expect(closings({ holds: both, act })).toEqual([
      [1, 'stalled', 30],
      [2, 'stalled', 37],
    ]);
  });

  interface Other {
    readonly act: (peer: RawPeer) => unknown;
    readonly handler?: Handler;
    readonly reason?: string;
  }
  const others: Record<string, Other> = {
    'sends a chunk': { act: (peer) => peer.send('x') },
    'goes on sending and is answered': {
      act: (peer) =>
        interval(2_000)
          .pipe(take(290))
          .subscribe(() => peer.send('x')),
      handler: (chunks$) => concat(of('welcome'), chunks$),
    },
    resets: { act: (peer) => peer.socket.reset(), reason: 'reset' },
  };
  for (const [does, { act, handler = greeter, reason }] of Object.entries(others)) {
    it.each([
      [1, 2],
      [2, 1],
    ])(`one is stalled at its limit though the other ${does} (connection %i of two)`, (active, silent) => {
      const seen = closings({
        holds: both,
        handler,
        act: (connect) => {
          const peers = [connect(), connect()];
          later(2_000, () => act(peers[active - 1] as RawPeer));
        },
      });
      expect(seen.filter(([id]) => id === silent)).toEqual([[silent, 'stalled', 30]]);
      expect(seen.filter(([id]) => id === active)).toEqual(reason === undefined ? [] : [[active, reason, 2]]);
    });
  }

  it('one is stalled at its limit though the other acknowledges', () => {
    const holds = (id: number) => (id === 1 && now() >= 2_000 ? 0 : 7);
    const act = (connect: () => RawPeer) => {
      connect();
      connect();
    };
    expect(closings({ holds, act })).toEqual([[2, 'stalled', 30]]);
  });
});

describe('a connection that fails between two pieces of one read', () => {
  it('leaves no timer, though one of its replies was written', () => {
    const handler: Handler = (chunks$) =>
      chunks$.pipe(
        map((chunk, index) => {
          if (index > 0) throw new Error('no luck');
          return chunk;
        }),
      );
    onStage({ handler, server: { maxChunkBytes: 1 } }, (stage) => {
      stage.peer().send('ab');
      stage.clock.settle();
      expect(stage.of('closed')).toMatchObject([{ reason: 'failed' }]);
      expect(stage.clock.timers).toBe(0);
    });
  });
});

/** The kernel takes more of the queue only once a third of its send buffer is free, so the queue alone stands still. */
describe('a slow reader, while the kernel takes nothing of the queue', () => {
  const [handler, act] = [longReply, connectPaused];

  it('is left alone while what the kernel holds shrinks, and is stalled once it does not', () => {
    const shrinksForMs = 300_000;
    const holds = () => 500_000 - Math.floor(Math.min(now(), shrinksForMs) / 10_000);
    const [closed, ...others] = closings({ holds, handler, act });
    expect([closed?.slice(0, 2), others]).toEqual([[1, 'stalled'], []]);
    // The last byte may have gone at any time since the kernel was last asked, which is every five seconds.
    expect(closed?.[2]).toBeGreaterThanOrEqual(330);
    expect(closed?.[2]).toBeLessThanOrEqual(336);
  });

  it('is left alone when the process stalls for longer than its limit, until the kernel has answered', () => {
    expect(closings({ holds: () => 500_000 - Math.floor(now() / 1_000), handler, stallsAt: 97_000, act })).toEqual([]);
  });

  it('that took some before the first look is stalled at its limit after that', () => {
    const readsOnce = (connect: () => RawPeer) => {
      timer(600).subscribe(() => {
        const peer = connect();
        peer.socket.pause();
        timer(450).subscribe(() => peer.socket.resume());
        peer.when('chunk').subscribe(() => peer.socket.pause());
      });
    };
    expect(closings({ holds: () => 500_000, handler, act: readsOnce })).toEqual([[1, 'stalled', 31]]);
  });

  it('is stalled at its limit though its handler goes on replying', () => {
    const goesOn: Handler = () => concat(of(Buffer.alloc(1_000_000)), interval(700).pipe(map(String)));
    expect(closings({ holds: () => 500_000, handler: goesOn, act })).toEqual([[1, 'stalled', 30]]);
  });

  it('that has acknowledged all it had room for is stalled at the limit behind the next reply', () => {
    const fillsBuffer = concat(of(Buffer.alloc(65_536)), of('no room').pipe(delay(60_000)), NEVER);
    expect(closings({ holds: () => 0, handler: () => fillsBuffer, act })).toEqual([[1, 'stalled', 90]]);
  });

  /** Its kernel takes nothing for 25 seconds, then all. */
  const pausedPeer = (connect: () => RawPeer) => {
    const { socket } = connect();
    socket.pause();
    timer(25_000).subscribe(() => socket.resume());
    return socket;
  };

  it('that takes nothing is stalled at its limit, to the millisecond', () => {
    expect(fateOf({ handler, latencyMs: 50_000, writeTimeoutMs: 2_000 })).toEqual(['stalled', 2_000]);
  });

  it('that takes nothing is stalled later than a limit that is shorter than the kernel takes to answer', () => {
    expect(fateOf({ handler, latencyMs: 50_000, writeTimeoutMs: 200 })).toEqual(['stalled', 1_350]);
  });

  it('that takes all within its limit and acknowledges nothing more is stalled at the limit after that', () => {
    expect(closings({ holds: () => 500_000, handler, act: pausedPeer })).toEqual([[1, 'stalled', 55]]);
  });

  it('that takes and acknowledges all within its limit is stalled over a later reply, at the limit after that', () => {
    const twice: Handler = () =>
      concat(of(Buffer.alloc(1_000_000)), of(Buffer.alloc(1_000_000)).pipe(delay(100_000)), NEVER);
    const pausedTwice = (connect: () => RawPeer) => {
      const socket = pausedPeer(connect);
      timer(90_000).subscribe(() => socket.pause());
    };
    expect(closings({ holds: () => 0, handler: twice, act: pausedTwice })).toEqual([[1, 'stalled', 130]]);
  });

  it.each([500_000, undefined])('is stalled where the kernel tells %s all the time', (holds) => {
    expect(closings({ holds: () => holds, handler, act })).toEqual([[1, 'stalled', 30]]);
  });
});
