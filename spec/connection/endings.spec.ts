import {
  concat,
  delay,
  finalize,
  map,
  merge,
  mergeMap,
  NEVER,
  type Observable,
  of,
  race,
  repeat,
  Subject,
  switchMap,
  take,
  takeUntil,
  tap,
  throwError,
  timer,
  toArray,
} from 'rxjs';
import { describe, expect, it } from 'vitest';
import { defaults, echo, type Handler, type TcpServerConfig } from '../../lib/index.js';
import { networks } from '../support/networks.js';
import { type Closed, type Serving, serving, text } from '../support/serving.js';

const identity: Handler = (chunks$) => chunks$;

/** A client that sends `hello` and drops what it receives. */
function helloPeer({ peer }: Serving) {
  const client = peer();
  client.send('hello');
  return client;
}

const ending = ({ reason, error }: Closed) => ({ reason, code: error?.code });

const firstEnding = (server: Serving): Observable<ReturnType<typeof ending>> =>
  server.closed$.pipe(take(1), map(ending));

describe.each(networks)('the end of a connection over the $name', ({ play }) => {
  const failing: Record<string, Handler> = {
    'that throws': () => {
      throw new Error('no luck');
    },
    'that errors': () => throwError(() => new Error('no luck')),
    'that errors at a chunk': (chunks$) =>
      chunks$.pipe(
        map(() => {
          throw new Error('no luck');
        }),
      ),
    'that replies with a number': () => of(42 as unknown as string),
    'that returns no Observable': () => undefined as unknown as Observable<string>,
  };
  for (const [name, handler] of Object.entries(failing)) {
    it(`a handler ${name} closes its connection with the reason failed`, async () => {
      const endings = await play((transport) =>
        serving(transport, handler, {}, (server) => {
          helloPeer(server);
          return firstEnding(server);
        }),
      );
      expect(endings).toEqual([{ reason: 'failed', code: 'ERR_HANDLER_FAILED' }]);
    });
  }

  it('a reply that is not bytes is named in the error', async () => {
    const messages = await play((transport) =>
      serving(
        transport,
        () => of(42 as unknown as string),
        {},
        (server) => {
          helloPeer(server);
          return server.closed$.pipe(
            take(1),
            map(({ error }) => error?.message),
          );
        },
      ),
    );
    expect(messages).toEqual(['The handler failed: Expected a reply to be a string or a Uint8Array, got `42`']);
  });

  it('a handler that fails while it is being subscribed to is unsubscribed from', async () => {
    let unsubscribed = 0;
    const goesOn$ = NEVER.pipe(finalize(() => (unsubscribed += 1)));
    const endings = await play((transport) =>
      serving(
        transport,
        (chunks$) => merge(chunks$, chunks$, goesOn$),
        {},
        (server) => {
          helloPeer(server);
          return firstEnding(server);
        },
      ),
    );
    expect(endings).toEqual([{ reason: 'failed', code: 'ERR_HANDLER_FAILED' }]);
    expect(unsubscribed).toBe(1);
  });

  it('a handler that fails for one of ten connections leaves the other nine alone', async () => {
    const handler: Handler = (chunks$, connection) =>
      connection.id === 1 ? throwError(() => new Error('no luck')) : chunks$.pipe(delay(20));
    const got = await play((transport) =>
      serving(transport, handler, {}, ({ connect, peer, events }) => {
        const clients = Array.from({ length: 10 }, (_, index) =>
          index === 0
            ? peer()
                .when('closed')
                .pipe(map(() => 'reset'))
            : of(`word ${index}`).pipe(connect(), text()),
        );
        return merge(...clients).pipe(
          toArray(),
          map((words) => [words.sort(), events.filter(({ type }) => type === 'closed').length >= 1]),
        );
      }),
    );
    expect(got[0]).toEqual([['reset', ...[1, 2, 3, 4, 5, 6, 7, 8, 9].map((index) => `word ${index}`)], true]);
  });

  it('a peer that resets while its reply is outstanding cancels the reply, with the reason reset', async () => {
    let unsubscribed = false;
    const handler: Handler = (chunks$) =>
      chunks$.pipe(
        delay(10_000),
        finalize(() => {
          unsubscribed = true;
        }),
      );
    const endings = await play((transport) =>
      serving(transport, handler, {}, (server) => {
        const client = helloPeer(server);
        return server.read('hello'.length).pipe(
          tap(() => client.socket.reset()),
          switchMap(() => firstEnding(server)),
        );
      }),
    );
    expect(endings).toEqual([{ reason: 'reset', code: 'ERR_CONNECTION_RESET' }]);
    expect(unsubscribed).toBe(true);
  });

  it('a peer that resets right after its data, before any of it is answered, closes with reset and not with ended', async () => {
    const endings = await play((transport) =>
      serving(transport, echo({ delayMs: 10_000 }), {}, (server) => {
        const client = server.peer();
        return client.when('connected').pipe(
          switchMap(() => server.accepted$),
          take(1),
          tap(() => client.send('hello')),
          tap(() => client.socket.reset()),
          switchMap(() => firstEnding(server)),
        );
      }),
    );
    expect(endings[0]?.reason).toBe('reset');
  });

  it('a peer that half-closes and then resets while its reply is outstanding closes with reset', async () => {
    const ended$ = new Subject<void>();
    const handler: Handler = (chunks$) => chunks$.pipe(tap({ complete: () => ended$.next() }), delay(10_000));
    const endings = await play((transport) =>
      serving(transport, handler, {}, (server) => {
        const client = helloPeer(server);
        client.when('connected').subscribe(() => client.socket.end());
        return ended$.pipe(
          take(1),
          tap(() => client.socket.reset()),
          switchMap(() => firstEnding(server)),
        );
      }),
    );
    expect(endings[0]?.reason).toBe('reset');
  });

  it('a peer that sends nothing for idleTimeoutMs is closed, and one that sends is not', async () => {
    const seen = await play((transport) =>
      serving(transport, identity, { idleTimeoutMs: 200 }, ({ peer, connect, closed$ }) => {
        const words$ = of('x').pipe(repeat({ count: 8, delay: 60 }));
        peer();
        return merge(
          closed$.pipe(
            take(1),
            map(({ reason, bytesRead }) => [reason, bytesRead]),
          ),
          words$.pipe(connect(), text()),
        );
      }),
    );
    expect(seen).toEqual([['idle', 0], 'x'.repeat(8)]);
  });

  it('a peer whose reply is outstanding is not idle', async () => {
    const got = await play((transport) =>
      serving(transport, echo({ delayMs: 150, reply: 'raw' }), { idleTimeoutMs: 40 }, ({ connect }) =>
        concat(of('x'), NEVER).pipe(connect(), text()),
      ),
    );
    expect(got).toEqual(['x']);
  });

  it('a peer that takes none of its replies for writeTimeoutMs is closed with stalled', async () => {
    const flood: Handler = () => merge(of(Buffer.alloc(32 * 1024 * 1024)), NEVER);
    const endings = await play((transport) =>
      serving(transport, flood, { writeTimeoutMs: 100 }, (server) => {
        server.peer().socket.pause();
        return firstEnding(server);
      }),
    );
    expect(endings).toEqual([{ reason: 'stalled', code: undefined }]);
  });

  const cuts: Record<string, [config: Partial<TcpServerConfig>, cut: (server: Serving) => void]> = {
    'at maxLifetimeMs': [{ maxLifetimeMs: 200 }, () => {}],
    'at writeTimeoutMs': [{ writeTimeoutMs: 200 }, () => {}],
    'at drainTimeoutMs': [{ drainTimeoutMs: 100 }, ({ stop }) => stop()],
  };
  for (const [when, [config, cut]] of Object.entries(cuts)) {
    it(`a connection that is closed ${when} while complete replies are unsent is reset, not ended`, async () => {
      const reply = Buffer.alloc(32 * 1024 * 1024);
      const [seen] = await play((transport) =>
        serving(
          transport,
          () => of(reply),
          config,
          (server) => {
            const client = server.peer();
            client.socket.pause();
            return client.when('connected').pipe(
              tap(() => cut(server)),
              switchMap(() => server.closed$),
              take(1),
              tap(() => client.socket.resume()),
              switchMap(() => race(client.when('ended'), client.when('failed'))),
              map(({ failure, receivedBytes }) => [failure?.code, receivedBytes < reply.length]),
            );
          },
        ),
      );
      expect(seen).toEqual(['ERR_CONNECTION_RESET', true]);
    });
  }

  it('a connection closes at maxLifetimeMs however much its peer sends', async () => {
    const endings = await play((transport) =>
      serving(transport, identity, { maxLifetimeMs: 100 }, (server) => {
        const client = server.peer();
        return merge(
          timer(0, 20).pipe(
            takeUntil(client.when('closed')),
            tap(() => client.send('x')),
            mergeMap(() => []),
          ),
          firstEnding(server),
        );
      }),
    );
    expect(endings).toEqual([{ reason: 'lifetime', code: undefined }]);
  });

  it('a peer that resets while its connection does not read closes with reset', async () => {
    const endings = await play((transport) =>
      serving(transport, echo({ delayMs: 10_000 }), {}, (server) => {
        const client = server.peer();
        client.send(Buffer.alloc(16 * 1024 * 1024));
        return server.read(defaults.server.highWaterMarkBytes).pipe(
          tap(() => client.socket.reset()),
          switchMap(() => firstEnding(server)),
        );
      }),
    );
    expect(endings[0]?.reason).toBe('reset');
  });

  it('a peer that takes a long reply slowly is not stalled', async () => {
    const reply = Buffer.alloc(64 * 1024 * 1024);
    const [received] = await play((transport) =>
      serving(
        transport,
        () => of(reply),
        { writeTimeoutMs: 1_000 },
        ({ peer }) => {
          const client = peer();
          const slowly = timer(0, 60).subscribe((turn) =>
            turn % 2 === 0 ? client.socket.pause() : client.socket.resume(),
          );
          return client.when('ended').pipe(
            tap(() => slowly.unsubscribe()),
            map(() => client.receivedBytes),
          );
        },
      ),
    );
    expect(received).toBe(reply.length);
  });

  it('a closed event has the counts of bytes read and written', async () => {
    const seen = await play((transport) =>
      serving(transport, echo({ delayMs: 0, reply: '<{data}>' }), {}, ({ connect, closed$ }) =>
        merge(
          of('hello').pipe(
            connect(),
            mergeMap(() => []),
          ),
          closed$.pipe(
            take(1),
            map(({ bytesRead, bytesWritten, connection }) => [bytesRead, bytesWritten, connection.id]),
          ),
        ),
      ),
    );
    expect(seen).toEqual([[5, 7, 1]]);
  });
});
