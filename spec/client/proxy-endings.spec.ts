/** A proxy whose client, upstream or owner ends at any moment: nothing is left open, and the windows are balanced. */
import { concat, ignoreElements, mergeMap, mergeWith, NEVER, of, Subject, throwError, timer } from 'rxjs';
import { describe, expect, it } from 'vitest';
import {
  type Connection,
  type Handler,
  memoryNetwork,
  type ServerEvent,
  tcpConnect,
  tcpServer,
} from '../../lib/index.js';
import { byHand, type Clock } from '../properties/stage.js';
import { overriding } from '../support/overriding.js';
import { RawPeer } from '../support/raw-peer.js';

const flood = Buffer.alloc(150_000);
const halfCloseTimeoutMs = 700;

/** A client, a proxy and an upstream, a millisecond apart. */
class Chain {
  readonly client: RawPeer;
  readonly stop$ = new Subject<void>();
  /** Ids of connections, of the proxy and of the upstream, that are open. */
  readonly open = new Set<string>();
  readonly reasons: string[] = [];
  heldBytes = 0;
  readonly #unsubscribers: (() => void)[];

  constructor(clock: Clock, upstreamHandler: Handler) {
    const transport = memoryNetwork({ bufferBytes: 10_000, latencyMs: 1 });
    const limits = { transport, idleTimeoutMs: 500, writeTimeoutMs: 900 };
    const proxies = tcpConnect({ ...limits, port: 1 });
    const upstream = tcpServer({ ...limits, halfCloseTimeoutMs, port: 1 }, upstreamHandler).subscribe((event) =>
      this.#log('upstream', event),
    );
    const proxy = tcpServer({ ...limits, halfCloseTimeoutMs, port: 2, stop$: this.stop$ }, (chunks$, connection) =>
      proxies(chunks$, this.#audit(connection)),
    ).subscribe((event) => this.#log('proxy', event));
    this.#unsubscribers = [() => proxy.unsubscribe(), () => upstream.unsubscribe()];
    clock.advance(1);
    this.client = new RawPeer(transport, 2);
  }

  unsubscribe(): void {
    for (const unsubscribe of this.#unsubscribers) unsubscribe();
  }

  #log(name: string, event: ServerEvent): void {
    if (event.type === 'opened') this.open.add(`${name} ${event.connection.id}`);
    if (event.type !== 'closed') return;
    this.open.delete(`${name} ${event.connection.id}`);
    this.reasons.push(`${name} ${event.reason}`);
  }

  #audit(connection: Connection): Connection {
    return overriding(connection, {
      hold: (bytes) => {
        this.heldBytes += bytes;
        connection.hold(bytes);
      },
      release: (bytes) => {
        this.heldBytes -= bytes;
        connection.release(bytes);
      },
    });
  }
}

const endings: Record<string, (chain: Chain) => void> = {
  'the client resets': ({ client }) => client.socket.reset(),
  'the client closes': ({ client }) => client.socket.destroy(),
  'the client ends its side': ({ client }) => client.socket.end(),
  'the client ends its side and resets': ({ client }) => {
    client.socket.end();
    client.socket.reset();
  },
  'the proxy is stopped': ({ stop$ }) => stop$.next(),
  'both servers are unsubscribed from': (chain) => {
    chain.unsubscribe();
    chain.open.clear(); // no event tells any more
  },
};

const upstreams: Record<string, Handler> = {
  echoes: (chunks$) => chunks$,
  floods: (chunks$) => concat(of(flood), NEVER).pipe(mergeWith(chunks$.pipe(ignoreElements()))),
  'floods and ends': (chunks$) => {
    chunks$.subscribe();
    return of(flood);
  },
  fails: (chunks$) =>
    chunks$.pipe(
      mergeMap(() => timer(5)),
      mergeMap(() => throwError(() => new Error('no luck'))),
    ),
};

describe('a proxy', () => {
  for (const [ending, end] of Object.entries(endings)) {
    for (const [upstream, handler] of Object.entries(upstreams)) {
      it.each([true, false])(`${ending}, at any ms, while the upstream ${upstream}; the client reads: %s`, (reads) => {
        for (let endsAt = 0; endsAt < 40; endsAt += 1) {
          byHand((clock) => {
            const chain = new Chain(clock, handler);
            if (!reads) chain.client.socket.pause();
            chain.client.when('connected').subscribe((client) => client.send(flood));
            clock.advance(endsAt);
            end(chain);
            clock.advance(10_000);
            const { open, heldBytes, reasons } = chain;
            expect({ open: [...open], heldBytes }, `${endsAt} ms: ${reasons}`).toEqual({ open: [], heldBytes: 0 });
            chain.client.socket.reset();
            chain.unsubscribe();
            clock.advance(10);
            expect(clock.timers, `timers, ${endsAt} ms`).toBe(0);
          });
        }
      });
    }
  }
});

describe('a proxy half-closed by both sides', () => {
  const orders = [
    ['client sends', 'client ends', 'upstream sends', 'upstream ends'],
    ['client sends', 'upstream sends', 'client ends', 'upstream ends'],
    ['client sends', 'upstream sends', 'upstream ends', 'client ends'],
    ['upstream sends', 'client sends', 'client ends', 'upstream ends'],
    ['upstream sends', 'client sends', 'upstream ends', 'client ends'],
    ['upstream sends', 'upstream ends', 'client sends', 'client ends'],
  ];

  for (const everyMs of [0, 10]) {
    it.each(orders)(`passes all on, a step each ${everyMs} ms: %s, %s, %s, %s`, (...order) => {
      byHand((clock) => {
        const replies$ = new Subject<Buffer>();
        let received = 0;
        const chain = new Chain(clock, (chunks$) => {
          chunks$.subscribe((chunk) => {
            received += chunk.length;
          });
          return replies$;
        });
        const { client } = chain;
        const steps: Record<string, () => void> = {
          'client sends': () => client.send(flood),
          'client ends': () => client.socket.end(),
          'upstream sends': () => replies$.next(flood),
          'upstream ends': () => replies$.complete(),
        };
        clock.advance(10);
        for (const step of order) {
          steps[step]?.();
          clock.advance(everyMs);
        }
        clock.advance(400);
        expect([received, client.receivedBytes]).toEqual([flood.length, flood.length]);
        expect(chain.reasons.sort()).toEqual(['proxy ended', 'upstream ended']);
        chain.unsubscribe();
        expect(clock.timers).toBe(0);
      });
    });
  }
});
