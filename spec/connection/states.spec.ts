/** What a connection does in each pair of its directions' states: the table of lib/connection/states.ts, cell by cell. */
import {
  asyncScheduler,
  concat,
  delay,
  EMPTY,
  NEVER,
  noop,
  of,
  Subject,
  switchMap,
  take,
  takeUntil,
  timer,
} from 'rxjs';
import { describe, expect, it } from 'vitest';
import { type Connection, type Handler, type ServerUsage, tcpServer, withBackpressure } from '../../lib/index.js';
import { ScriptedTransport } from '../properties/scripted-transport.js';
import { byHand, onStage } from '../properties/stage.js';

interface State {
  readonly inbound: 'open' | 'refused' | 'ended';
  readonly outbound: 'open' | 'ended';
  readonly isRead: boolean;
}

/** What happens to a chunk that comes in that state, and which limit runs then. */
interface Conduct {
  readonly chunk: 'delivered' | 'held' | 'discarded' | 'none comes';
  readonly limit: 'idle' | 'half-closed' | 'none';
}

const cells: [State, Conduct][] = [
  [
    { inbound: 'open', outbound: 'open', isRead: true },
    { chunk: 'delivered', limit: 'idle' },
  ],
  [
    { inbound: 'open', outbound: 'open', isRead: false },
    { chunk: 'held', limit: 'none' },
  ],
  [
    { inbound: 'open', outbound: 'ended', isRead: true },
    { chunk: 'delivered', limit: 'idle' },
  ],
  [
    { inbound: 'open', outbound: 'ended', isRead: false },
    { chunk: 'discarded', limit: 'half-closed' },
  ],
  // A reader stays behind the end only while a chunk waits for room, which is due to the peer: no limit runs.
  [
    { inbound: 'refused', outbound: 'open', isRead: true },
    { chunk: 'discarded', limit: 'none' },
  ],
  [
    { inbound: 'refused', outbound: 'open', isRead: false },
    { chunk: 'discarded', limit: 'none' },
  ],
  [
    { inbound: 'refused', outbound: 'ended', isRead: true },
    { chunk: 'discarded', limit: 'none' },
  ],
  [
    { inbound: 'refused', outbound: 'ended', isRead: false },
    { chunk: 'discarded', limit: 'half-closed' },
  ],
  [
    { inbound: 'ended', outbound: 'open', isRead: true },
    { chunk: 'none comes', limit: 'none' },
  ],
  [
    { inbound: 'ended', outbound: 'open', isRead: false },
    { chunk: 'none comes', limit: 'idle' },
  ],
  [
    { inbound: 'ended', outbound: 'ended', isRead: true },
    { chunk: 'none comes', limit: 'none' },
  ],
];

const noRoom = 1_000_000;

/** Brings a connection into that state, sends it a chunk and waits for its limits. */
function conductIn({ inbound, outbound, isRead }: State): Conduct {
  const end$ = new Subject<void>();
  const delivered: string[] = [];
  const seen: Connection[] = [];
  const keepsReader = isRead && inbound !== 'open';
  const handler: Handler = (chunks$, connection) => {
    seen.push(connection);
    if (keepsReader) connection.hold(noRoom);
    if (isRead) chunks$.subscribe((chunk) => delivered.push(String(chunk))); // not part of the replies, which may end
    return NEVER.pipe(takeUntil(end$));
  };
  const server = { idleTimeoutMs: 1_000, halfCloseTimeoutMs: 2_000, drainTimeoutMs: Number.POSITIVE_INFINITY };
  return onStage({ handler, server }, (stage) => {
    const peer = stage.peer();
    stage.clock.settle();
    if (keepsReader) peer.send('a');
    stage.clock.settle();
    if (inbound === 'refused') stage.stop();
    if (inbound === 'ended') peer.socket.end();
    stage.clock.settle();
    if (outbound === 'ended') end$.next();
    peer.send('x');
    stage.clock.settle();
    const [{ bytesHeld = 0, bytesDiscarded = 0 } = {}] = seen;
    const waits = keepsReader ? 1 : 0;
    let chunk: Conduct['chunk'] = 'none comes';
    if (delivered.length > 0) chunk = 'delivered';
    else if (bytesDiscarded > 0) chunk = 'discarded';
    else if (bytesHeld > waits) chunk = 'held';
    stage.clock.advance(10_000);
    const [closed] = stage.of('closed');
    const limit = closed?.reason === 'idle' || closed?.reason === 'half-closed' ? closed.reason : 'none';
    stage.unsubscribe();
    return { chunk, limit };
  });
}

describe('a connection', () => {
  it.each(cells)('in the state %j does %j', (state, conduct) => {
    expect(conductIn(state)).toEqual(conduct);
  });

  it('whose replies end without a reader drops the chunks that it holds', () => {
    const end$ = new Subject<void>();
    const server = { memoryBudgetBytes: 1_000_000 };
    onStage({ handler: () => NEVER.pipe(takeUntil(end$)), server }, (stage) => {
      const { usage } = stage.of('listening')[0] as { usage: ServerUsage };
      const peer = stage.peer();
      stage.clock.settle();
      const { memoryBytes } = usage;
      peer.send('held');
      stage.clock.settle();
      const { connection } = stage.of('opened')[0] as { connection: Connection };
      expect(connection).toMatchObject({ bytesHeld: 4, bytesDiscarded: 0 });
      expect(usage.memoryBytes).toBeGreaterThan(memoryBytes);
      end$.next();
      expect(connection).toMatchObject({ bytesHeld: 0, bytesDiscarded: 4 });
      expect(usage.memoryBytes).toBe(memoryBytes);
      stage.unsubscribe();
    });
  });

  it.each([
    [770, 3],
    [771, 4],
  ])(
    'without a reader pauses reading once its chunks, each with 256 bytes, cost over %i',
    (highWaterMarkBytes, held) => {
      onStage({ handler: () => NEVER, server: { highWaterMarkBytes } }, (stage) => {
        const peer = stage.peer();
        for (let sent = 0; sent < 10; sent += 1) {
          peer.send('x');
          stage.clock.settle();
        }
        expect(stage.of('opened')[0]?.connection.bytesHeld).toBe(held);
        stage.unsubscribe();
      });
    },
  );

  it('that has replied and has no reader holds the chunks that come', () => {
    onStage({ handler: () => concat(of('welcome'), NEVER) }, (stage) => {
      stage.peer().send('held');
      stage.clock.settle();
      expect(stage.of('opened')[0]?.connection).toMatchObject({ bytesWritten: 7, bytesHeld: 4, bytesDiscarded: 0 });
      stage.unsubscribe();
    });
  });

  it('that has failed counts the bytes that its handler emits then, and nothing else that it emits', () => {
    const handler: Handler = (chunks$) => {
      chunks$.subscribe();
      chunks$.subscribe();
      return of(7 as never, 'ab');
    };
    onStage({ handler }, (stage) => {
      stage.peer();
      stage.clock.settle();
      expect(stage.of('closed')).toMatchObject([{ reason: 'failed', bytesUnsent: 2 }]);
    });
  });

  it('whose peer goes on sending after the end of the replies is closed at halfCloseTimeoutMs all the same', () => {
    onStage({ handler: () => EMPTY, server: { halfCloseTimeoutMs: 2_000 } }, (stage) => {
      const peer = stage.peer();
      for (let sent = 0; sent < 5; sent += 1) {
        stage.clock.advance(500);
        peer.send('x');
      }
      stage.clock.settle();
      expect(stage.of('closed')).toMatchObject([{ reason: 'half-closed', durationMs: 2_000 }]);
      stage.unsubscribe();
    });
  });

  it('whose operator holds a chunk is not idle until it is answered', () => {
    const handler: Handler = (chunks$, connection) => chunks$.pipe(withBackpressure(delay(10_000), connection));
    onStage({ handler, server: { idleTimeoutMs: 1_000 } }, (stage) => {
      const peer = stage.peer();
      stage.clock.settle();
      peer.send('x');
      stage.clock.advance(10_999);
      expect([peer.received, stage.of('closed')]).toEqual(['x', []]);
      stage.clock.advance(1);
      expect(stage.of('closed')).toMatchObject([{ reason: 'idle', bytesWritten: 1 }]);
    });
  });

  it('whose reader has left and whose replies go on is not idle', () => {
    const handler: Handler = (chunks$) => concat(chunks$.pipe(take(1)), NEVER);
    onStage({ handler, server: { idleTimeoutMs: 1_000 } }, (stage) => {
      const peer = stage.peer();
      peer.send('x');
      stage.clock.advance(60_000);
      expect([peer.received, stage.of('closed')]).toEqual(['x', []]);
      stage.unsubscribe();
    });
  });

  it('that fails while its handler is subscribed to is reset, and nothing more is asked of its socket', () => {
    byHand(() => {
      const transport = new ScriptedTransport();
      const server = tcpServer({ port: 0, transport }, () => of(42 as unknown as string)).subscribe(noop);
      transport.accept();
      const [socket] = transport.sockets;
      socket?.closed();
      expect([socket?.isOver, socket?.wrongs]).toEqual([true, []]);
      server.unsubscribe();
    });
  });

  it.each([
    ['opened', 0],
    ['received a chunk', 500],
  ])(
    'that seems idle since it %s is kept if a chunk comes in the turn of its timer, as after a stall of the process',
    (_, activeAt) => {
      byHand((clock) => {
        const transport = new ScriptedTransport();
        const closedAt: number[] = [];
        const server = tcpServer({ port: 0, transport, idleTimeoutMs: 1_000 }, (chunks$) => chunks$).subscribe(
          (event) => {
            if (event.type === 'closed') closedAt.push(clock.now);
          },
        );
        transport.accept();
        const [socket] = transport.sockets;
        clock.advance(activeAt);
        if (activeAt > 0) socket?.chunk(1);
        clock.advance(999);
        asyncScheduler.schedule(() => socket?.chunk(1), 1); // behind the timer of the limit
        clock.advance(1_000);
        socket?.closed(); // reports it only if the connection has closed its socket
        expect(closedAt).toEqual([]);
        clock.advance(1);
        socket?.closed();
        expect(closedAt).toEqual([activeAt + 2_000]);
        server.unsubscribe();
      });
    },
  );

  it('that has ended its side is not idle while a chunk waits for a reader', () => {
    const handler: Handler = (chunks$) => timer(5_000).pipe(switchMap(() => chunks$));
    onStage({ handler, server: { idleTimeoutMs: 1_000 } }, (stage) => {
      const peer = stage.peer();
      peer.send('x');
      peer.socket.end();
      stage.clock.advance(5_000);
      expect(peer.received).toBe('x');
      expect(stage.of('closed')).toMatchObject([{ reason: 'ended', durationMs: 5_000 }]);
    });
  });

  it('whose directions have both ended waits for its socket without a limit', () => {
    byHand((clock) => {
      const transport = new ScriptedTransport();
      const closed: string[] = [];
      const server = tcpServer({ port: 0, transport, halfCloseTimeoutMs: 1_000 }, (chunks$) => chunks$).subscribe(
        (event) => {
          if (event.type === 'closed') closed.push(event.reason);
        },
      );
      transport.accept();
      const [socket] = transport.sockets;
      socket?.peerEnded();
      clock.advance(60_000);
      expect(closed).toEqual([]);
      socket?.drained();
      socket?.closed();
      expect(closed).toEqual(['ended']);
      server.unsubscribe();
    });
  });
});
