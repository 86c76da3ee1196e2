/** A peer that acknowledges nothing: the system has taken the replies, and only the network knows that they do not arrive. */
import { concat, interval, map, NEVER, type Observable, of, switchMap, take, timer } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { type Handler, memoryNetwork, tcpConnect, tcpServer } from '../../lib/index.js';
import { inVirtualTime } from '../support/virtual-time.js';

const port = 50_007;

interface Situation {
  readonly handler: Handler;
  /** From one end to the other. */
  readonly latencyMs: number;
  readonly says$?: Observable<string>;
  readonly writeTimeoutMs?: number;
}

/** Why and how long after it opened a connection was closed; nothing where it lives for five minutes. */
function fate({ handler, latencyMs, says$ = NEVER, writeTimeoutMs = 30_000 }: Situation): unknown[] {
  const seen: unknown[] = [];
  inVirtualTime(() => {
    const transport = memoryNetwork({ latencyMs });
    const server = tcpServer({ port, transport, writeTimeoutMs }, handler).subscribe((event) => {
      if (event.type === 'closed') seen.push(event.reason, event.durationMs - latencyMs); // its reset has to travel
    });
    const client = says$.pipe(tcpConnect({ port, transport })).subscribe({ error: () => {} });
    timer(300_000).subscribe(() => {
      client.unsubscribe();
      server.unsubscribe();
    });
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

describe('acknowledgement', () => {
  it('a peer that acknowledges nothing of a word for writeTimeoutMs is stalled', () => {
    expect(fate({ handler: greeter, latencyMs: 50_000 })).toEqual(['stalled', 30_000]);
  });

  it('a peer that acknowledges nothing of a stream of words is stalled, though each is written in time', () => {
    const [reason, afterMs] = fate({ handler: ticker, latencyMs: 50_000 });
    expect(reason).toBe('stalled');
    expect(Math.abs(Number(afterMs) - 30_700)).toBeLessThanOrEqual(1_000);
  });

  it('a peer that acknowledges within writeTimeoutMs is left alone, however late', () => {
    expect(fate({ handler: greeter, latencyMs: 29_000 })).toEqual([]);
    expect(fate({ handler: ticker, latencyMs: 29_000 })).toEqual([]);
  });

  it('a peer that goes on speaking is left alone', () => {
    const situation = { handler: answersOnce, latencyMs: 20_000, writeTimeoutMs: 10_000 };
    expect(fate({ ...situation, says$: concat(of('x'), NEVER) })).toEqual(['stalled', 30_000]);
    expect(fate({ ...situation, says$: interval(900).pipe(map(() => 'x')) })).toEqual([]);
  });

  it('a peer is left alone where writeTimeoutMs is Infinity', () => {
    const writeTimeoutMs = Number.POSITIVE_INFINITY;
    expect(fate({ handler: greeter, latencyMs: 50_000, writeTimeoutMs })).toEqual([]);
  });
});
