import {
  concat,
  connectable,
  delay,
  delayWhen,
  filter,
  map,
  merge,
  mergeMap,
  NEVER,
  Observable,
  of,
  ReplaySubject,
  switchMap,
  take,
  tap,
  timer,
  toArray,
} from 'rxjs';
import { describe, expect, it } from 'vitest';
import { echo, type Handler, type ServerEvent, type TcpError, tcpServer } from '../../lib/index.js';
import { networks } from '../support/networks.js';
import { RawPeer } from '../support/raw-peer.js';
import { serving, text } from '../support/serving.js';
import { turns, until } from '../support/until.js';

const identity: Handler = (chunks$) => chunks$;
const never: Handler = () => NEVER;

const typeOf = (event: ServerEvent) => event.type;

describe.each(networks)('a server over the $name', ({ name, play }) => {
  it('emits listening, opened, closed and draining, then completes', async () => {
    const [types] = await play((transport) =>
      serving(transport, identity, {}, ({ peer, events$, stop }) => {
        peer().socket.end();
        events$
          .pipe(
            filter((event) => event.type === 'closed'),
            delay(1),
          )
          .subscribe(stop);
        return events$.pipe(map(typeOf), toArray());
      }),
    );
    expect(types).toEqual(['listening', 'opened', 'closed', 'draining']);
  });

  it('told to stop, it sends outstanding replies and refuses new connections', async () => {
    const [seen] = await play((transport) =>
      serving(transport, echo({ delayMs: 80, reply: 'raw' }), {}, ({ connect, port, events$, stop }) => {
        const opened$ = events$.pipe(
          filter((event) => event.type === 'opened'),
          take(5),
          toArray(),
          delayWhen((opened) => until(() => opened.every(({ connection }) => connection.bytesRead > 0))),
        );
        const late$ = opened$.pipe(
          tap(stop),
          switchMap(() => turns(10)), // connections in the accept queue are still accepted
          switchMap(() => new RawPeer(transport, port).when('failed')),
          map(({ failure }) => failure?.code),
        );
        const words = Array.from({ length: 5 }, (_, index) => `word ${index}`);
        return merge(late$, ...words.map((word) => concat(of(word), NEVER).pipe(connect(), text()))).pipe(
          toArray(),
          map((all) => all.sort()),
        );
      }),
    );
    expect(seen).toEqual(['ERR_CONNECTION_REFUSED', 'word 0', 'word 1', 'word 2', 'word 3', 'word 4']);
  });

  it('told to stop, it aborts the connections that are left at drainTimeoutMs', async () => {
    const reasons = await play((transport) =>
      serving(transport, never, { drainTimeoutMs: 50 }, ({ peer, closed$, events$, stop }) => {
        peer();
        events$.pipe(filter((event) => event.type === 'opened')).subscribe(stop);
        return closed$.pipe(
          take(1),
          map(({ reason }) => reason),
        );
      }),
    );
    expect(reasons).toEqual(['aborted']);
  });

  it('with drainTimeoutMs Infinity, it drains until the last reply is sent, however late that is', async () => {
    const replyAfterMs = name === 'memory network' ? 365 * 86_400_000 : 300;
    const late: Handler = (chunks$) => chunks$.pipe(delay(replyAfterMs));
    const seen = await play((transport) =>
      serving(transport, late, { drainTimeoutMs: Number.POSITIVE_INFINITY }, ({ connect, read, closed$, stop }) => {
        read('x'.length).subscribe(stop);
        return merge(
          concat(of('x'), NEVER).pipe(connect(), text()),
          closed$.pipe(
            map(({ reason }) => reason),
            take(1),
          ),
        );
      }),
    );
    expect(seen.sort()).toEqual(['ended', 'x']);
  });

  it('told to stop three times, it drains once', async () => {
    const [types] = await play((transport) =>
      serving(transport, never, { drainTimeoutMs: 100 }, ({ peer, events$, stop }) => {
        peer();
        const opened$ = events$.pipe(filter((event) => event.type === 'opened'));
        opened$.pipe(switchMap(() => timer(0, 10).pipe(take(3)))).subscribe(stop);
        return events$.pipe(map(typeOf), toArray());
      }),
    );
    expect(types).toEqual(['listening', 'opened', 'draining', 'closed']);
  });

  it('told to stop before it listens, it completes and never listens', async () => {
    const types = await play((transport) =>
      tcpServer({ port: 0, transport, stop$: of(1) }, identity).pipe(map(typeOf)),
    );
    expect(types).toEqual(['draining']);
  });

  it('told to stop during the lookup of its host, it completes and leaves no listener', async () => {
    const types = await play((transport) =>
      tcpServer({ host: 'localhost', port: 0, transport, stop$: of(1) }, identity).pipe(map(typeOf)),
    );
    expect(types).toEqual(['draining']);
  });

  it('a stop$ that errors makes it error with the same error', async () => {
    const stopped = play((transport) => {
      const stop$ = timer(10).pipe(
        map(() => {
          throw new Error('stop$ broke');
        }),
      );
      return tcpServer({ port: 0, transport, stop$ }, identity);
    });
    await expect(stopped).rejects.toThrow('stop$ broke');
  });

  it('unsubscribed from, it resets its peers, unsubscribes their handlers and frees the port', async () => {
    let finalized = 0;
    const handler: Handler = () =>
      new Observable(() => () => {
        finalized += 1;
      });
    const codes = await play((transport) => {
      const events$ = connectable(tcpServer({ port: 0, transport }, handler), { connector: () => new ReplaySubject() });
      const subscription = events$.connect();
      return events$.pipe(
        filter((event) => event.type === 'listening'),
        take(1),
        switchMap(({ address: { port } }) => {
          const client = new RawPeer(transport, port);
          const code$ = events$.pipe(
            filter((event) => event.type === 'opened'),
            take(1),
            switchMap(() => client.when('connected')),
            delay(5), // the handler is called right after `opened`
            tap(() => subscription.unsubscribe()),
            switchMap(() => client.when('closed')),
            map(({ failure }) => failure?.code),
          );
          return concat(code$, tcpServer({ port, transport, stop$: timer(5) }, identity).pipe(map(typeOf)));
        }),
      );
    });
    expect(codes).toEqual(['ERR_CONNECTION_RESET', 'listening', 'draining']);
    expect(finalized).toBe(1);
  });

  it('unsubscribed from in an opened event, it never calls the handler', async () => {
    let called = false;
    const handler: Handler = (chunks$) => {
      called = true;
      return chunks$;
    };
    await play((transport) =>
      tcpServer({ port: 0, transport }, handler).pipe(
        tap((event) => event.type === 'listening' && new RawPeer(transport, event.address.port)),
        filter((event) => event.type === 'opened'),
        take(1),
        delay(20), // no news tells that nothing happens
      ),
    );
    expect(called).toBe(false);
  });

  it('a port that is in use makes it error with ERR_ADDRESS_IN_USE and the address', async () => {
    const errors = await play((transport) =>
      serving(transport, identity, {}, ({ port }) =>
        new Observable<TcpError>((subscriber) =>
          tcpServer({ port, transport }, identity).subscribe({
            error: (error) => {
              subscriber.next(error);
              subscriber.complete();
            },
          }),
        ).pipe(map((error) => [error.code, error.message.includes(`127.0.0.1:${port}`)])),
      ),
    );
    expect(errors).toEqual([['ERR_ADDRESS_IN_USE', true]]);
  });

  it('above maxConnections it resets new connections, and accepts again once one has closed', async () => {
    const [seen] = await play((transport) =>
      serving(transport, identity, { maxConnections: 1 }, ({ peer, connect, events, closed$ }) => {
        const first = peer();
        const second$ = first.when('connected').pipe(switchMap(() => peer().when('failed')));
        const third$ = second$.pipe(
          tap(() => first.socket.end()),
          switchMap(() => closed$),
          take(1),
          switchMap(() => of('third').pipe(connect(), text())),
        );
        return third$.pipe(
          map((got) => ({
            got,
            dropped: events.filter(({ type }) => type === 'dropped').map((event) => 'reason' in event && event.reason),
          })),
        );
      }),
    );
    expect(seen).toEqual({ got: 'third', dropped: ['limit'] });
  });

  it('each subscription is a server of its own', async () => {
    const types = await play((transport) => {
      const server$ = tcpServer({ port: 0, transport, stop$: timer(20) }, identity);
      return merge(server$, server$).pipe(map(typeOf));
    });
    expect(types).toEqual(['listening', 'listening', 'draining', 'draining']);
  });

  it('listens, stops and listens again on one port, 200 times', async () => {
    const seen = await play((transport) => {
      const once = (port: number) => tcpServer({ port, transport, stop$: timer(0) }, identity);
      return once(0).pipe(
        filter((event) => event.type === 'listening'),
        switchMap((event) => turns(20).pipe(map(() => event))), // until the first one has stopped
        mergeMap(({ address: { port } }) => concat(...Array.from({ length: 200 }, () => once(port)))),
        filter((event) => event.type === 'listening'),
        toArray(),
        map((all) => all.length),
      );
    });
    expect(seen).toEqual([200]);
  });
});
