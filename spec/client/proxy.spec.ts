/** A client as the handler of a server: a proxy, which shares the flow control of the connection that it serves. */
import {
  concat,
  concatMap,
  delay,
  EMPTY,
  forkJoin,
  ignoreElements,
  map,
  merge,
  NEVER,
  noop,
  of,
  Subject,
  switchMap,
  take,
  tap,
} from 'rxjs';
import { describe, expect, it } from 'vitest';
import {
  type Closing,
  type Connection,
  type Handler,
  memoryNetwork,
  type Transport,
  tcpConnect,
  tcpServer,
} from '../../lib/index.js';
import { byHand } from '../properties/stage.js';
import { networks } from '../support/networks.js';
import { RawPeer } from '../support/raw-peer.js';
import { type Serving, serving, text } from '../support/serving.js';

const identity: Handler = (chunks$) => chunks$;

/** What an item that is held costs beside its bytes. */
const itemCostBytes = 256;

/** Plays with an upstream server and a proxy before it. */
const proxied =
  (upstreamHandler: Handler, scenario: (proxy: Serving, upstream: Serving) => ReturnType<typeof EMPTY.pipe>) =>
  (transport: Transport) =>
    serving(transport, upstreamHandler, {}, (upstream) =>
      serving(transport, tcpConnect({ port: upstream.port, transport }), {}, (proxy) => scenario(proxy, upstream)),
    );

describe.each(networks)('a proxy over the $name', ({ play }) => {
  it('passes on what both sides send, whole, and the end of each', async () => {
    const words = ['a', 'b'.repeat(300_000), 'c'];
    const got = await play(proxied(identity, ({ connect }) => of(...words).pipe(connect(), text())));
    expect(got).toEqual([words.join('')]);
  });

  it('passes on the end of the upstream’s side, and what the client sends after it', async () => {
    const received: string[] = [];
    const greeter: Handler = (chunks$) =>
      merge(
        of('bye'),
        chunks$.pipe(
          tap((chunk) => received.push(String(chunk))),
          ignoreElements(),
        ),
      );
    const endsFirst: Handler = (chunks$) => {
      chunks$.subscribe((chunk) => received.push(String(chunk)));
      return of('bye');
    };
    for (const handler of [greeter, endsFirst]) {
      await play(
        proxied(handler, ({ peer }, { closed$ }) => {
          const client = peer();
          const bye$ = client.whenReceived(3);
          const ended$ = handler === endsFirst ? client.when('ended') : bye$;
          return ended$.pipe(
            tap(() => {
              client.send('late');
              client.socket.end();
            }),
            switchMap(() => closed$.pipe(take(1))),
          );
        }),
      );
    }
    expect(received).toEqual(['late', 'late']);
  });

  it('passes on a reset of the client: the upstream connection is closed', async () => {
    const reasons = await play(
      proxied(
        () => NEVER,
        ({ peer, read }, { read: readUpstream, closed$ }) => {
          const client = peer();
          return forkJoin([client.when('connected'), read(0), readUpstream(0)]).pipe(
            tap(() => client.socket.reset()),
            switchMap(() => closed$.pipe(take(1))),
            map(({ reason }) => reason),
          );
        },
      ),
    );
    expect(reasons).toEqual(['reset']);
  });

  it('resets a client whose upstream cannot be reached', async () => {
    const seen = await play((transport) =>
      serving(transport, tcpConnect({ port: 1, transport }), {}, ({ peer, closed$ }) => {
        const client = peer();
        return closed$.pipe(
          take(1),
          switchMap(({ error }) => client.when('failed').pipe(map(({ failure }) => [error?.cause, failure?.code]))),
        );
      }),
    );
    expect(seen).toMatchObject([[{ code: 'ERR_CONNECTION_REFUSED' }, 'ERR_CONNECTION_RESET']]);
  });
});

describe('a proxy in virtual time', () => {
  const bufferBytes = 1_000;
  const flood = Buffer.alloc(1_000_000);

  /** An upstream and a proxy before it. Lets time pass, and returns how much of the flood the flooding side has sent. */
  function passed(upstreamHandler: Handler, act: (client: RawPeer) => void, sentBytes: () => number): [number, number] {
    return byHand((clock) => {
      const transport = memoryNetwork({ bufferBytes, latencyMs: 1 });
      const upstream = tcpServer({ port: 1, transport }, upstreamHandler).subscribe();
      const proxy = tcpServer({ port: 2, transport }, tcpConnect({ port: 1, transport })).subscribe();
      clock.settle();
      clock.advance(10);
      const client = new RawPeer(transport, 2);
      act(client);
      clock.advance(5_000);
      const heldBack = sentBytes();
      client.socket.resume();
      resume$.next();
      clock.advance(20_000);
      const all = sentBytes();
      client.socket.reset();
      clock.advance(10);
      proxy.unsubscribe();
      upstream.unsubscribe();
      clock.advance(10);
      expect(clock.timers).toBe(0);
      return [heldBack, all];
    });
  }

  const resume$ = new Subject<void>();

  it('reads from the upstream no further than its client does, and goes on when the client does', () => {
    let unsent = () => flood.length;
    const floods: Handler = (_, connection) => {
      unsent = () => connection.bytesUnsent;
      return concat(of(flood), NEVER);
    };
    const [heldBack, all] = passed(
      floods,
      (client) => client.socket.pause(),
      () => flood.length - unsent(),
    );
    // Over 64 KiB in the proxy, and a buffer of each of the four ends.
    expect(heldBack).toBeGreaterThan(65_536);
    expect(heldBack).toBeLessThanOrEqual(65_536 + 5 * bufferBytes);
    expect(all).toBe(flood.length);
  });

  it('reads from its client no further than the upstream does, and goes on when the upstream does', () => {
    const readsLater: Handler = (chunks$) =>
      concat(resume$.pipe(take(1), ignoreElements()), chunks$.pipe(ignoreElements()));
    let client: RawPeer | undefined;
    const [heldBack, all] = passed(
      readsLater,
      (peer) => {
        client = peer;
        peer.when('connected').subscribe(() => peer.send(flood));
      },
      () => flood.length - (client?.socket.queuedBytes ?? 0),
    );
    // Up to 64 KiB in the windows of the proxy and of the upstream, and a buffer of each of the four ends.
    expect(heldBack).toBeGreaterThan(65_536);
    expect(heldBack).toBeLessThanOrEqual(2 * 65_536 + 5 * bufferBytes);
    expect(all).toBe(flood.length);
  });

  it('closes the upstream connection of a client that has gone after the upstream’s end', () => {
    byHand((clock) => {
      const transport = memoryNetwork();
      const closed: string[] = [];
      const upstream = tcpServer({ port: 1, transport }, (chunks$) => {
        chunks$.subscribe();
        return EMPTY;
      }).subscribe((event) => {
        if (event.type === 'closed') closed.push(event.reason);
      });
      const proxy = tcpServer({ port: 2, transport }, tcpConnect({ port: 1, transport })).subscribe();
      clock.settle();
      const client = new RawPeer(transport, 2);
      clock.settle();
      client.socket.reset();
      clock.settle();
      expect(closed).toEqual(['reset']);
      expect(clock.timers).toBe(0);
      proxy.unsubscribe();
      upstream.unsubscribe();
    });
  });

  it('does not take an upstream for idle that it does not read from, because its client is slow', () => {
    byHand((clock) => {
      const transport = memoryNetwork({ bufferBytes, latencyMs: 1 });
      const upstream = tcpServer({ port: 1, transport }, () => concat(of(flood), NEVER)).subscribe();
      const proxy = tcpServer(
        { port: 2, transport, writeTimeoutMs: Number.POSITIVE_INFINITY },
        tcpConnect({ port: 1, transport, idleTimeoutMs: 100 }),
      ).subscribe(noop); // the upstream is idle in the end, of which no warning is printed
      clock.advance(10);
      const client = new RawPeer(transport, 2);
      client.socket.pause();
      clock.advance(2_000);
      client.socket.resume();
      clock.advance(2_000);
      expect(client.receivedBytes).toBe(flood.length);
      proxy.unsubscribe();
      upstream.unsubscribe();
    });
  });

  it.each([0, 1])('holds and releases as much, though a release brings the next chunk: latency %i', (latencyMs) => {
    byHand((clock) => {
      const transport = memoryNetwork({ bufferBytes: 100, latencyMs });
      const upstream = tcpServer({ port: 1, transport }, (chunks$) => chunks$.pipe(ignoreElements())).subscribe();
      const source$ = new Subject<Buffer>();
      const held: number[] = [0];
      let left = 50;
      const connection = {
        hold: (bytes: number) => held.push((held.at(-1) as number) + itemCostBytes + bytes),
        release(bytes: number) {
          held.push((held.at(-1) as number) - itemCostBytes - bytes);
          if (left-- > 0) source$.next(Buffer.alloc(500));
        },
        writable$: NEVER,
      } as unknown as Connection;
      clock.advance(10);
      tcpConnect({ port: 1, transport })(source$, connection).subscribe();
      clock.advance(10);
      source$.next(Buffer.alloc(1_000));
      clock.advance(10_000);
      source$.complete();
      clock.advance(1_000);
      expect([Math.min(...held), held.at(-1)]).toEqual([0, 0]);
      expect(Math.max(...held)).toBeGreaterThan(itemCostBytes);
      upstream.unsubscribe();
    });
  });

  it('sends nothing more of a slow source once the connection has closed: both of its sides have ended', () => {
    byHand((clock) => {
      const transport = memoryNetwork();
      let received = '';
      const upstream = tcpServer({ port: 1, transport }, (chunks$) => {
        chunks$.subscribe((chunk) => {
          received += chunk;
        });
        return of('bye');
      }).subscribe();
      const reasons: string[] = [];
      const closed = { next: ({ reason }: Closing) => reasons.push(reason) };
      const slowly: Handler = (chunks$, connection) =>
        tcpConnect({ port: 1, transport, closed })(chunks$.pipe(delay(10)), connection);
      const proxy = tcpServer({ port: 2, transport }, slowly).subscribe();
      clock.settle();
      const client = new RawPeer(transport, 2);
      clock.settle();
      client.send('late');
      client.socket.end();
      clock.advance(100);
      proxy.unsubscribe();
      upstream.unsubscribe();
      expect([received, reasons]).toEqual(['', ['aborted']]);
      expect(clock.timers).toBe(0);
    });
  });

  it('sends all that its client has sent, though the client’s connection has closed meanwhile', () => {
    byHand((clock) => {
      const transport = memoryNetwork({ bufferBytes, latencyMs: 1 });
      const noRoom = 1_000_000;
      let release = noop;
      let received = 0;
      const readsLater: Handler = (chunks$, connection) => {
        connection.hold(noRoom);
        release = () => connection.release(noRoom);
        chunks$.subscribe((chunk) => {
          received += chunk.length;
        });
        return of('bye');
      };
      const upstream = tcpServer({ port: 1, transport }, readsLater).subscribe();
      let isClosed = false;
      const proxy = tcpServer({ port: 2, transport }, tcpConnect({ port: 1, transport })).subscribe(({ type }) => {
        isClosed ||= type === 'closed';
      });
      clock.advance(10);
      const client = new RawPeer(transport, 2);
      client.when('ended').subscribe(() => {
        client.send(Buffer.alloc(20_000));
        client.socket.end();
      });
      clock.advance(1_000);
      expect([isClosed, received]).toEqual([true, 0]);
      release();
      clock.advance(1_000);
      expect(received).toBe(20_000);
      proxy.unsubscribe();
      upstream.unsubscribe();
      clock.advance(10);
    });
  });

  it('with allowHalfOpen false ends its connection at the upstream’s FIN', () => {
    byHand((clock) => {
      const transport = memoryNetwork();
      let open = 0;
      const upstream = tcpServer({ port: 1, transport }, () => of('bye')).subscribe(({ type }) => {
        if (type === 'opened') open += 1;
        if (type === 'closed') open -= 1;
      });
      const config = { port: 1, transport, allowHalfOpen: false };
      const eachAlone: Handler = (chunks$, connection) =>
        chunks$.pipe(concatMap((chunk) => tcpConnect(config)(concat(of(chunk), NEVER), connection)));
      const proxy = tcpServer({ port: 2, transport }, eachAlone).subscribe();
      clock.settle();
      const client = new RawPeer(transport, 2);
      client.send('x');
      clock.advance(100);
      const left = open;
      proxy.unsubscribe();
      upstream.unsubscribe();
      expect([client.received, left]).toEqual(['bye', 0]);
    });
  });
});
