/** A client as the handler of a server: a proxy, which shares the flow control of the connection that it serves. */
import {
  concat,
  delay,
  EMPTY,
  filter,
  ignoreElements,
  map,
  merge,
  NEVER,
  of,
  Subject,
  switchMap,
  take,
  tap,
} from 'rxjs';
import { describe, expect, it } from 'vitest';
import { type Handler, memoryNetwork, type Transport, tcpConnect, tcpServer } from '../../lib/index.js';
import { byHand } from '../properties/stage.js';
import { networks } from '../support/networks.js';
import { RawPeer } from '../support/raw-peer.js';
import { type Serving, serving, text } from '../support/serving.js';

const identity: Handler = (chunks$) => chunks$;

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
        ({ peer }, { events$, closed$ }) => {
          const client = peer();
          return events$.pipe(
            filter(({ type }) => type === 'opened'),
            take(1),
            delay(20), // the upstream's end of the connection opens first
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
});
