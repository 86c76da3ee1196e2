/** Any calls of a transport, in any order that its contract allows, with any handler and any passing of time. */
import fc from 'fast-check';
import { delay, finalize, merge, type Observable, of, Subject, takeUntil } from 'rxjs';
import { describe, expect, it } from 'vitest';
import {
  type Connection,
  type FlowWindow,
  type Handler,
  type ServerEvent,
  tcpServer,
  withBackpressure,
} from '../../lib/index.js';
import { expectNoneEarly } from './limits.js';
import { runs } from './runs.js';
import { type ScriptedSocket, ScriptedTransport } from './scripted-transport.js';
import { byHand, type Clock } from './stage.js';

/** The controls of a connection's handler. */
interface Hand {
  readonly replies$: Subject<string>;
  readonly done$: Subject<void>;
  readonly window: FlowWindow;
  /** The sizes of what it holds in the window. */
  readonly held: number[];
}

/** How a handler reads, by the number of its connection. */
const readings: ((chunks$: Observable<Buffer>, connection: Connection) => Observable<Buffer | string>)[] = [
  () => of(),
  (chunks$) => chunks$,
  (chunks$, connection) => chunks$.pipe(withBackpressure(delay(5), connection)),
];

class Play {
  readonly transport = new ScriptedTransport();
  readonly hands: Hand[] = [];
  readonly events: ServerEvent[] = [];
  readonly stop$ = new Subject<void>();
  readonly clock: Clock;
  isCompleted = false;
  readonly unsubscribe: () => void;

  constructor(clock: Clock, limits: object) {
    this.clock = clock;
    const { transport, stop$ } = this;
    const server$ = tcpServer({ port: 0, transport, stop$, drainTimeoutMs: 50, ...limits }, this.#handler);
    const subscription = server$.subscribe({
      next: (event) => this.events.push(event),
      complete: () => {
        this.isCompleted = true;
      },
    });
    this.unsubscribe = () => subscription.unsubscribe();
    transport.listening();
    transport.accept();
    transport.accept();
  }

  readonly #handler: Handler = (chunks$, connection) => {
    const hand = { replies$: new Subject<string>(), done$: new Subject<void>(), window: connection, held: [] };
    this.hands.push(hand);
    const read = readings[connection.id % readings.length] as (typeof readings)[number];
    return merge(hand.replies$, read(chunks$, connection)).pipe(
      takeUntil(hand.done$),
      finalize(() => hand.replies$.next('from within the end')),
    );
  };

  /** How often each connection that was opened has closed. */
  get closings(): number[] {
    const ids = this.events.flatMap((event) => (event.type === 'closed' ? event.connection.id : []));
    const opened = this.events.flatMap((event) => (event.type === 'opened' ? event.connection.id : []));
    return opened.map((id) => ids.filter((each) => each === id).length);
  }
}

type Act = (play: Play, size: number, socket: ScriptedSocket | undefined, hand: Hand | undefined) => void;

const acts: Record<string, Act> = {
  accept: ({ transport }) => transport.accept(),
  lose: ({ transport }) => transport.lose(),
  warn: ({ transport }) => transport.warn(),
  advance: ({ clock }, size) => clock.advance(size % 40),
  'advance by seconds': ({ clock }, size) => clock.advance(size * 10),
  'the kernel tells': (_, size, socket) => socket?.kernelHolds(size % 101),
  'the kernel tells nothing': (_, __, socket) => socket?.kernelHolds(undefined),
  chunk: (_, size, socket) => socket?.chunk(size),
  'peer ends': (_, __, socket) => socket?.peerEnded(),
  'stops taking': (_, __, socket) => {
    if (socket) socket.takes = false;
  },
  'takes a part': (_, __, socket) => socket?.takePart(),
  drained: (_, __, socket) => socket?.drained(),
  failed: (_, __, socket) => socket?.failed(),
  closed: (_, __, socket) => socket?.closed(),
  reply: (_, size, __, hand) => hand?.replies$.next('x'.repeat(size)),
  complete: (_, __, ___, hand) => hand?.done$.next(),
  hold: (_, size, __, hand) => {
    hand?.held.push(size);
    hand?.window.hold(size);
  },
  release: (_, __, ___, hand) => release(hand),
  fail: (_, __, ___, hand) => hand?.replies$.error('the script says so'),
};

/** It may be late: the connection may be closed by then. */
function release(hand: Hand | undefined): void {
  const size = hand?.held.shift();
  if (size !== undefined) hand?.window.release(size);
}

const script = fc.array(
  fc.record({ act: fc.constantFrom(...Object.keys(acts)), which: fc.nat(3), size: fc.integer({ min: 1, max: 900 }) }),
  { maxLength: 60, size: '+1' },
);

const finite = fc.oneof(
  fc.constant(Number.POSITIVE_INFINITY),
  fc.integer({ min: 1, max: 60 }),
  fc.integer({ min: 1_000, max: 10_000 }), // from a second on the kernel is asked what is unacknowledged
);

const limits = fc.record({
  highWaterMarkBytes: fc.integer({ min: 1, max: 2_000 }),
  maxConnections: fc.integer({ min: 1, max: 4 }),
  idleTimeoutMs: finite,
  writeTimeoutMs: finite,
  halfCloseTimeoutMs: finite,
  maxLifetimeMs: finite,
});

/** Plays all, then lets the sockets that are left fail and close, as a network does in the end. */
function played(script: readonly { act: string; which: number; size: number }[], play: Play, end: () => void): void {
  for (const { act, which, size } of script) {
    (acts[act] as Act)(play, size, play.transport.sockets[which], play.hands[which]);
    play.clock.settle();
  }
  end();
  play.clock.settle();
  for (const socket of play.transport.sockets) {
    socket.failed();
    socket.closed();
  }
  play.clock.settle();
  for (const hand of play.hands) while (hand.held.length > 0) release(hand);
  expect(play.transport.sockets.flatMap(({ wrongs }) => wrongs)).toEqual([]);
  expect(play.transport.isListening).toBe(false);
  expect(play.clock.timers).toBe(0);
}

describe('a server over a transport that does anything in any legal order', () => {
  it('when it is stopped, never throws, reports each end once, writes nothing after it and leaves no timer', () => {
    const property = fc.property(script, limits, (script, limits) => {
      byHand((clock) => {
        const play = new Play(clock, limits);
        played(script, play, () => play.stop$.next());
        expect(play.closings).toEqual(play.closings.map(() => 1));
        expect(play.isCompleted).toBe(true);
        expectNoneEarly(play.events, limits);
      });
    });
    fc.assert(property, runs(1_000));
  });

  it('when it is unsubscribed from, never throws, emits nothing more and leaves no timer', () => {
    const property = fc.property(script, limits, (script, limits) => {
      byHand((clock) => {
        const play = new Play(clock, limits);
        let events = 0;
        played(script, play, () => {
          expect(Math.max(0, ...play.closings)).toBeLessThanOrEqual(1);
          play.unsubscribe();
          events = play.events.length;
        });
        expect(play.events.length).toBe(events);
      });
    });
    fc.assert(property, runs(500));
  });
});
