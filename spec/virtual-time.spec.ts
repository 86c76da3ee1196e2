/** The whole server in virtual time, at exact instants. */
import { asyncScheduler, concat, EMPTY, NEVER, of, timer } from 'rxjs';
import { describe, expect, it } from 'vitest';
import {
  echo,
  type Handler,
  memoryNetwork,
  type ServerEvent,
  type TcpServerConfig,
  tcpConnect,
  tcpServer,
} from '../lib/index.js';
import { RawPeer } from './support/raw-peer.js';
import { inVirtualTime } from './support/virtual-time.js';

const port = 50_007;

/** The virtual instant, inside `inVirtualTime`. */
const now = () => asyncScheduler.now();

/** `count` instants, one millisecond apart. */
const millisecondsFrom = (first: number, count: number) => Array.from({ length: count }, (_, index) => first + index);

describe('a server in virtual time', () => {
  it('answers 1 000 clients that connect a millisecond apart exactly 5 s after each connects, and closes each then', () => {
    const answeredAt: number[] = [];
    const closedAt: number[] = [];
    const answers = new Set<string>();
    inVirtualTime(() => {
      const transport = memoryNetwork();
      tcpServer({ port, transport }, echo({ reply: '{data}!' })).subscribe((event) => {
        if (event.type === 'closed') closedAt.push(now());
      });
      const client$ = of('hello').pipe(tcpConnect({ port, transport }));
      for (const connectsAt of millisecondsFrom(0, 1_000)) {
        const answered = (chunk: Buffer): void => {
          answeredAt.push(now());
          answers.add(String(chunk));
        };
        asyncScheduler.schedule(() => client$.subscribe(answered), connectsAt);
      }
    });
    expect(answeredAt).toEqual(millisecondsFrom(5_000, 1_000));
    expect(closedAt).toEqual(millisecondsFrom(5_000, 1_000));
    expect(answers).toEqual(new Set(['hello!']));
  });

  it('puts the virtual time into a reply', () => {
    const answers: string[] = [];
    inVirtualTime(() => {
      const transport = memoryNetwork();
      tcpServer({ port, transport }, echo({ reply: (_, time) => time.toISOString() })).subscribe();
      of('x')
        .pipe(tcpConnect({ port, transport }))
        .subscribe((chunk) => answers.push(String(chunk)));
    });
    expect(answers).toEqual(['1970-01-01T00:00:05.000Z']);
  });

  it('a network with latency delays connecting, chunks and FIN by as much each', () => {
    const instants: Record<string, number> = {};
    inVirtualTime(() => {
      const transport = memoryNetwork({ latencyMs: 100 });
      tcpServer({ port, transport }, echo({ delayMs: 0, reply: 'raw' })).subscribe(({ type }) => {
        instants[type] = now();
      });
      const client$ = of('x').pipe(tcpConnect({ port, transport }));
      client$.subscribe({
        next: () => {
          instants.answered = now();
        },
        complete: () => {
          instants.completed = now();
        },
      });
    });
    expect(instants).toEqual({ listening: 100, opened: 100, answered: 300, completed: 400, closed: 300 });
  });

  const limits: [reason: string, config: Partial<TcpServerConfig>, handler: Handler, reads: boolean][] = [
    ['idle', { idleTimeoutMs: 60_000 }, (chunks$) => chunks$, true],
    ['lifetime', { maxLifetimeMs: 86_400_000 }, (chunks$) => chunks$, true],
    ['half-closed', { halfCloseTimeoutMs: 45_000 }, () => EMPTY, true],
    // More than the peer takes while it does not read: the rest waits in the process.
    ['stalled', { writeTimeoutMs: 45_000 }, () => concat(of(Buffer.alloc(1_000_000)), NEVER), false],
    ['stalled', { writeTimeoutMs: 45_000 }, () => of(Buffer.alloc(1_000_000)), false],
  ];
  for (const [reason, config, handler, reads] of limits) {
    const [option, limitMs] = Object.entries(config)[0] as [string, number];
    it(`closes a connection for the reason ${reason} exactly at ${option}`, () => {
      const closed: unknown[] = [];
      inVirtualTime(() => {
        const transport = memoryNetwork();
        const server = tcpServer({ port, transport, ...config }, handler).subscribe((event) => {
          if (event.type === 'closed') closed.push([event.reason, now(), event.durationMs]);
          if (event.type !== 'listening') return;
          const peer = new RawPeer(transport, port);
          if (!reads) peer.socket.pause();
        });
        timer(2 * limitMs + 1).subscribe(() => server.unsubscribe());
      });
      expect(closed).toEqual([[reason, limitMs, limitMs]]);
    });
  }

  it('aborts the connections that are left exactly drainTimeoutMs after the first value of stop$', () => {
    const seen: unknown[] = [];
    inVirtualTime(() => {
      const transport = memoryNetwork();
      const note = (event: ServerEvent) => seen.push([now(), event.type, 'reason' in event ? event.reason : '']);
      const server$ = tcpServer({ port, transport, stop$: timer(1_000, 1_000) }, () => NEVER);
      server$.subscribe({ next: note, complete: () => seen.push([now(), 'completed']) });
      concat(of('x'), NEVER)
        .pipe(tcpConnect({ port, transport }))
        .subscribe({ error: () => {} });
    });
    expect(seen.slice(2)).toEqual([
      [1_000, 'draining', ''],
      [11_000, 'closed', 'aborted'],
      [11_000, 'completed'],
    ]);
  });
});
