/** Output that waits: its limit, and how a producer learns of it. */
import { concat, from, NEVER, of, Subject, takeUntil, timer } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { type Connection, memoryNetwork, type TcpConnectConfig, tcpConnect, tcpServer } from '../../lib/index.js';
import { onStage } from '../properties/stage.js';
import { inVirtualTime } from '../support/virtual-time.js';

const kilobyte = Buffer.alloc(1_000);

describe('a connection with maxUnsentBytes', () => {
  const situation = { network: { bufferBytes: 1 }, server: { maxUnsentBytes: 2_999 } };

  it('is reset with the reason overflow by a reply that comes while more than that waits', () => {
    const replies$ = new Subject<Buffer>();
    onStage({ ...situation, handler: () => replies$ }, (stage) => {
      const peer = stage.peer();
      peer.socket.pause();
      stage.clock.settle();
      for (const _ of [1, 2, 3]) replies$.next(kilobyte); // one byte is taken
      expect(stage.of('opened')[0]?.connection.bytesUnsent).toBe(2_999);
      replies$.next(kilobyte);
      expect(stage.of('opened')[0]?.connection.bytesUnsent).toBe(3_999);
      stage.clock.settle();
      expect(stage.of('closed')).toEqual([]);
      replies$.next(kilobyte);
      stage.clock.settle();
      expect(stage.of('closed')).toMatchObject([{ reason: 'overflow', bytesUnsent: 4_999 }]);
      expect(peer.failure?.code).toBe('ERR_CONNECTION_RESET');
    });
  });

  it('may have one reply of any size', () => {
    onStage({ ...situation, network: {}, handler: () => concat(of(Buffer.alloc(1_000_000)), NEVER) }, (stage) => {
      const peer = stage.peer();
      stage.clock.advance(1_000);
      expect(peer.receivedBytes).toBe(1_000_000);
      stage.unsubscribe();
    });
  });
});

/** What the result of a client comes to whose peer reads nothing. */
function outcome(config: Partial<TcpConnectConfig>, bytes: number): unknown {
  let seen: unknown = 'open';
  inVirtualTime(() => {
    const transport = memoryNetwork({ bufferBytes: 1 });
    const server = tcpServer({ port: 1, transport, highWaterMarkBytes: 1 }, () => NEVER).subscribe();
    const source$ = concat(from(Array.from({ length: bytes / 1_000 }, () => kilobyte)), NEVER);
    const done$ = timer(1_000);
    source$.pipe(tcpConnect({ port: 1, transport, ...config }), takeUntil(done$)).subscribe({
      error: (error) => {
        seen = error;
      },
    });
    done$.subscribe(() => server.unsubscribe());
  });
  return seen;
}

describe('a client', () => {
  it('whose source emits more than maxUnsentBytes ahead of its peer errors with ERR_OVERFLOW', () => {
    expect(outcome({ maxUnsentBytes: 5_000 }, 6_000)).toBe('open');
    expect(outcome({ maxUnsentBytes: 5_000 }, 7_000)).toMatchObject({
      code: 'ERR_OVERFLOW',
      message: 'Gave up on 127.0.0.1:1: more than 5000 bytes waited to be sent; heed `writable`, or send an iterable',
    });
  });

  it('whose writable observer throws errors with what it threw', () => {
    const thrown = new Error('no luck');
    const writable = {
      next: () => {
        throw thrown;
      },
    };
    expect(outcome({ writable }, 100_000)).toBe(thrown);
  });
});

describe('writable$ of a connection', () => {
  it('emits the current state first, then each change once, and completes at the end', () => {
    const replies$ = new Subject<Buffer>();
    const seen: unknown[] = [];
    onStage({ handler: () => replies$, network: { bufferBytes: 1_000 } }, (stage) => {
      const peer = stage.peer();
      peer.socket.pause();
      stage.clock.settle();
      const { connection } = stage.of('opened')[0] as { connection: Connection };
      const watch = (name: string) =>
        connection.writable$.subscribe({
          next: (isWritable) => seen.push([name, isWritable]),
          complete: () => seen.push([name, 'over']),
        });
      watch('early');
      replies$.next(Buffer.alloc(66_536));
      expect(seen).toEqual([['early', true]]);
      replies$.next(kilobyte);
      replies$.next(kilobyte);
      watch('late');
      peer.socket.resume();
      stage.clock.settle();
      peer.socket.reset();
      stage.clock.settle();
      expect(seen).toEqual([
        ['early', true],
        ['early', false],
        ['late', false],
        ['early', true],
        ['late', true],
        ['early', 'over'],
        ['late', 'over'],
      ]);
    });
  });

  it('stays false until all is sent, whatever is replied meanwhile', () => {
    const replies$ = new Subject<Buffer>();
    const seen: boolean[] = [];
    onStage({ handler: () => replies$, network: { bufferBytes: 10_000 } }, (stage) => {
      const peer = stage.peer();
      peer.socket.pause();
      stage.clock.settle();
      const { connection } = stage.of('opened')[0] as { connection: Connection };
      connection.writable$.subscribe((isWritable) => seen.push(isWritable));
      replies$.next(Buffer.alloc(80_000));
      peer.when('chunk').subscribe(() => peer.socket.pause());
      peer.socket.resume();
      stage.clock.settle();
      expect(connection.bytesUnsent).toBeLessThan(65_536);
      replies$.next(kilobyte);
      stage.clock.settle();
      expect(seen).toEqual([true, false]);
      peer.socket.resume();
      stage.clock.settle();
      expect(seen).toEqual([true, false, true]);
    });
  });

  it('only completes where it is first asked for behind the end', () => {
    const seen: unknown[] = [];
    onStage({ handler: () => NEVER }, (stage) => {
      const peer = stage.peer();
      stage.clock.settle();
      peer.socket.reset();
      stage.clock.settle();
      const { connection } = stage.of('closed')[0] as { connection: Connection };
      connection.writable$.subscribe({
        next: (isWritable) => seen.push(isWritable),
        complete: () => seen.push('over'),
      });
      expect(seen).toEqual(['over']);
    });
  });
});
