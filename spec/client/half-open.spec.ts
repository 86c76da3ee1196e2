/** The two ends of a client's connection, and the limit on its beginning. */
import {
  concat,
  delay,
  EMPTY,
  ignoreElements,
  merge,
  NEVER,
  type Observable,
  type ObservableInput,
  of,
  Subject,
  takeUntil,
  tap,
  timer,
} from 'rxjs';
import { describe, expect, it } from 'vitest';
import {
  type Bytes,
  type Closing,
  type Handler,
  memoryNetwork,
  type SocketEvents,
  type TcpConnectConfig,
  type Transport,
  tcpConnect,
} from '../../lib/index.js';
import { byHand, onStage } from '../properties/stage.js';
import { networks } from '../support/networks.js';
import { overriding } from '../support/overriding.js';
import { serving, text } from '../support/serving.js';

describe.each(networks)('a client with allowHalfOpen over the $name', ({ play }) => {
  it('sends what its source emits after the peer’s FIN, and completes once both sides have ended', async () => {
    let received = '';
    const endsFirst: Handler = (chunks$) => {
      chunks$.subscribe((chunk) => {
        received += chunk;
      });
      return of('bye');
    };
    const bye$ = new Subject<void>();
    const got = await play((transport) =>
      serving(transport, endsFirst, {}, ({ port }) =>
        concat(bye$.pipe(takeUntil(timer(2_000)), ignoreElements()), of('late')).pipe(
          tcpConnect({ port, transport, allowHalfOpen: true }),
          tap(() => bye$.complete()),
          text(),
        ),
      ),
    );
    expect([got, received]).toEqual([['bye'], 'late']);
  });
});

/** How the connection of a client ends, and its result. */
function outcome(config: Partial<TcpConnectConfig>, source$: Observable<Bytes>, transport: Transport): unknown[] {
  const seen: unknown[] = [];
  source$
    .pipe(tcpConnect({ port: 1, transport, closed: { next: (closed: Closing) => seen.push(closed) }, ...config }))
    .subscribe({ complete: () => seen.push('complete'), error: (error) => seen.push(error) });
  return seen;
}

describe('a client with allowHalfOpen in virtual time', () => {
  it('goes on behind the peer’s FIN until its own source has completed', () => {
    const handler: Handler = (chunks$) => {
      chunks$.subscribe();
      return of('bye');
    };
    onStage({ handler }, (stage) => {
      const late$ = of('late').pipe(delay(1_000));
      const seen = outcome({ port: stage.port, allowHalfOpen: true }, late$, stage.transport);
      stage.clock.advance(999);
      expect(seen).toEqual([]);
      stage.clock.advance(1);
      expect(seen).toMatchObject([{ reason: 'ended', bytesRead: 3, bytesWritten: 4 }, 'complete']);
    });
  });
});

describe('a client that is unsubscribed from while it is connecting', () => {
  it.each<[name: string, source: ObservableInput<Bytes>]>([
    ['an Observable', NEVER],
    ['an iterable', ['x']],
  ])('tells that its connection was aborted, which is no error: its source is %s', (_, source) => {
    onStage({ handler: () => NEVER, network: { latencyMs: 5 } }, ({ port, transport, clock }) => {
      const seen: Closing[] = [];
      const closed = { next: (closing: Closing) => seen.push(closing) };
      const client = tcpConnect({ port, transport, closed })(source).subscribe();
      clock.advance(3);
      client.unsubscribe();
      clock.advance(20);
      const counters = { bytesRead: 0, bytesDiscarded: 0, bytesWritten: 0, bytesUnsent: 0 };
      expect(seen).toEqual([{ reason: 'aborted', durationMs: expect.any(Number), ...counters }]);
    });
  });
});

describe('a client without allowHalfOpen', () => {
  it('completes with the peer’s FIN, and tells how its connection ended', () => {
    const seen = onStage({ handler: (chunks$) => merge(of('bye'), chunks$).pipe(takeUntil(timer(1))) }, (stage) => {
      const outcomes = outcome({ port: stage.port }, concat(of('x'), NEVER), stage.transport);
      stage.clock.advance(10);
      return outcomes;
    });
    const counters = { bytesRead: 4, bytesDiscarded: 0, bytesWritten: 1, bytesUnsent: 0 };
    expect(seen).toMatchObject([{ reason: 'ended', ...counters }, 'complete']);
  });

  it('whose closed observer throws errors with what it threw', () => {
    const thrown = new Error('no luck');
    const closed = {
      next: () => {
        throw thrown;
      },
    };
    const seen = onStage({ handler: () => EMPTY }, (stage) => {
      const outcomes = outcome({ port: stage.port, closed }, NEVER, stage.transport);
      stage.clock.advance(10);
      return outcomes;
    });
    expect(seen).toEqual([thrown]);
  });
});

describe('a client whose peer does not answer the attempt to connect', () => {
  /** Closes what is reset, and tells nothing else. */
  const silent = overriding(memoryNetwork(), {
    connect(options) {
      let events: SocketEvents | undefined;
      return overriding(memoryNetwork().connect(options), {
        open: (owner) => {
          events = owner;
        },
        reset: () => events?.closed(),
      });
    },
  });

  it('errors with ERR_CONNECTION_TIMED_OUT at connectTimeoutMs, which is 10 s, and leaves no timer', () => {
    byHand((clock) => {
      const soon = outcome({ connectTimeoutMs: 2_500 }, NEVER, silent);
      const late = outcome({}, NEVER, silent);
      clock.advance(2_499);
      expect(soon).toEqual([]);
      clock.advance(1);
      expect(soon[1]).toMatchObject({
        code: 'ERR_CONNECTION_TIMED_OUT',
        message: 'Could not connect to 127.0.0.1:1: no answer within 2500 ms; check the address and the network',
      });
      clock.advance(7_499);
      expect(late).toEqual([]);
      clock.advance(1);
      expect(late[1]).toMatchObject({ code: 'ERR_CONNECTION_TIMED_OUT' });
      expect(clock.timers).toBe(0);
    });
  });

  it('waits for ever, without a timer, where connectTimeoutMs is Infinity', () => {
    byHand((clock) => {
      const seen = outcome({ connectTimeoutMs: Number.POSITIVE_INFINITY }, NEVER, silent);
      clock.settle();
      expect(clock.timers).toBe(0);
      clock.advance(3_600_000);
      expect(seen).toEqual([]);
    });
  });
});
