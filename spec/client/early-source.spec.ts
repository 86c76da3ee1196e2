/** What the source of a client emits before the connection stands: it is sent, or the client errors. */
import { defer, map, merge, NEVER, Observable, of, Subject, tap, throwError } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { type Bytes, type Closing, type Handler, tcpConnect } from '../../lib/index.js';
import { errorOf } from '../support/error-of.js';
import { networks, realNetworks } from '../support/networks.js';
import { serving, text } from '../support/serving.js';

const identity: Handler = (chunks$) => chunks$;

/** `act` runs as soon as `result$` is subscribed to, when no connection stands yet. */
function andThen<T>(result$: Observable<T>, act: () => void): Observable<T> {
  return new Observable((subscriber) => {
    result$.subscribe(subscriber);
    act();
  });
}

/** Observes how a connection ended. */
function ending() {
  const seen: Pick<Closing, 'reason' | 'bytesUnsent'>[] = [];
  return { seen, next: ({ reason, bytesUnsent }: Closing) => seen.push({ reason, bytesUnsent }) };
}

describe.each(networks)('the source of a client over the $name', ({ play }) => {
  it('that emits before, as and after the connection stands is sent whole and in order', async () => {
    const got = await play((transport) =>
      serving(transport, identity, {}, ({ port }) =>
        defer(() => {
          const source$ = new Subject<string>();
          const connected = { next: () => source$.next('three ') };
          const replies$ = source$.pipe(
            tcpConnect({ port, transport, connected }),
            tap((chunk) => {
              if (!String(chunk).includes('three')) return;
              source$.next('four');
              source$.complete();
            }),
            text(),
          );
          return andThen(replies$, () => {
            source$.next('one ');
            source$.next('two ');
          });
        }),
      ),
    );
    expect(got).toEqual(['one two three four']);
  });

  it('that emits and completes before the connection stands is sent, then FIN', async () => {
    const got = await play((transport) =>
      serving(transport, identity, {}, ({ connect }) =>
        defer(() => {
          const source$ = new Subject<string>();
          return andThen(source$.pipe(connect(), text()), () => {
            source$.next('hello');
            source$.complete();
          });
        }),
      ),
    );
    expect(got).toEqual(['hello']);
  });

  it('that is cold is subscribed to once', async () => {
    let subscriptions = 0;
    const source$ = defer(() => {
      subscriptions += 1;
      return of('hello');
    });
    const got = await play((transport) =>
      serving(transport, identity, {}, ({ connect }) => source$.pipe(connect(), text())),
    );
    expect([got, subscriptions]).toEqual([['hello'], 1]);
  });

  it('that emits while more than maxUnsentBytes wait for the connection ends the attempt with ERR_OVERFLOW', async () => {
    const source$ = new Subject<Bytes>();
    const closed = ending();
    const codes = await play((transport) =>
      serving(transport, identity, {}, ({ port }) => {
        const failing$ = source$.pipe(tcpConnect({ port, transport, maxUnsentBytes: 1_000, closed }));
        return andThen(errorOf(failing$), () => {
          for (const _ of [1, 2]) source$.next(Buffer.alloc(600));
          expect(source$.observed).toBe(true);
          source$.next(Buffer.alloc(600));
          expect(source$.observed).toBe(false);
        }).pipe(map(({ code }) => code));
      }),
    );
    expect(codes).toEqual(['ERR_OVERFLOW']);
    expect(closed.seen).toEqual([{ reason: 'overflow', bytesUnsent: 1_800 }]);
  });

  it('that emits no more than maxUnsentBytes, and one value of any size, before the connection stands is sent', async () => {
    const got = await play((transport) =>
      serving(transport, identity, {}, ({ port }) =>
        of(Buffer.alloc(1_000), Buffer.alloc(100_000)).pipe(
          tcpConnect({ port, transport, maxUnsentBytes: 1_000 }),
          text(),
          map((all) => all.length),
        ),
      ),
    );
    expect(got).toEqual([101_000]);
  });

  it('that emits for ever at once is unsubscribed from when it overflows', async () => {
    const endless$ = new Observable<Bytes>((subscriber) => {
      while (!subscriber.closed) subscriber.next('more');
    });
    const codes = await play((transport) =>
      serving(transport, identity, {}, ({ port }) =>
        errorOf(endless$.pipe(tcpConnect({ port, transport, maxUnsentBytes: 1_000 }))).pipe(map(({ code }) => code)),
      ),
    );
    expect(codes).toEqual(['ERR_OVERFLOW']);
  });

  it('that heeds writable is told when more than 64 KiB wait for the connection, and when all are sent', async () => {
    const told: boolean[] = [];
    const got = await play((transport) =>
      serving(transport, identity, {}, ({ port }) =>
        defer(() => {
          const source$ = new Subject<Bytes>();
          const writable = {
            next: (isWritable: boolean) => {
              told.push(isWritable);
              if (isWritable) source$.complete();
            },
          };
          const replies$ = source$.pipe(tcpConnect({ port, transport, writable }), text());
          return andThen(replies$, () => {
            source$.next(Buffer.alloc(65_536));
            expect(told).toEqual([]);
            source$.next('x');
            expect(told).toEqual([false]);
          });
        }).pipe(map((all) => all.length)),
      ),
    );
    expect([got, told]).toEqual([[65_537], [false, true]]);
  });

  it('that errors before the connection stands ends the attempt with its error', async () => {
    const failure = new Error('no more');
    const closed = ending();
    const seen = await play((transport) =>
      serving(transport, identity, {}, ({ port }) => {
        const failing$ = merge(
          of('lost'),
          throwError(() => failure),
        );
        return errorOf(failing$.pipe(tcpConnect({ port, transport, closed })));
      }),
    );
    expect(seen).toEqual([failure]);
    expect(closed.seen).toEqual([{ reason: 'failed', bytesUnsent: 4 }]);
  });

  it('is unsubscribed from where the client cannot connect, and what it emitted counts as unsent', async () => {
    let unsubscribed = false;
    const source$ = new Observable<string>((subscriber) => {
      subscriber.next('hello');
      return () => {
        unsubscribed = true;
      };
    });
    const closed = ending();
    const codes = await play((transport) =>
      errorOf(source$.pipe(tcpConnect({ port: 1, transport, closed }))).pipe(map(({ code }) => code)),
    );
    expect([codes, unsubscribed]).toEqual([['ERR_CONNECTION_REFUSED'], true]);
    expect(closed.seen).toEqual([{ reason: 'reset', bytesUnsent: 5 }]);
  });

  it('is unsubscribed from at once when the client is unsubscribed from while it is connecting', async () => {
    const source$ = new Subject<string>();
    const observed = await play((transport) =>
      serving(transport, identity, {}, ({ connect }) =>
        defer(() => {
          const client = source$.pipe(connect()).subscribe();
          const before = source$.observed;
          client.unsubscribe();
          return of([before, source$.observed]);
        }),
      ),
    );
    expect(observed).toEqual([[true, false]]);
  });

  it('that throws when it is unsubscribed from leaves the error of the attempt as it is', async () => {
    const source$ = new Observable<string>(() => () => {
      throw new Error('thrown by the teardown');
    });
    const codes = await play((transport) =>
      errorOf(source$.pipe(tcpConnect({ port: 1, transport }))).pipe(map(({ code }) => code)),
    );
    expect(codes).toEqual(['ERR_CONNECTION_REFUSED']);
  });

  it('that is an iterable is asked for nothing where the client cannot connect', async () => {
    let asked = false;
    function* source() {
      asked = true;
      yield 'hello';
    }
    const codes = await play((transport) =>
      errorOf(tcpConnect({ port: 1, transport })(source())).pipe(map(({ code }) => code)),
    );
    expect([codes, asked]).toEqual([['ERR_CONNECTION_REFUSED'], false]);
  });

  it('of a proxy is not subscribed to where the proxy cannot connect', async () => {
    let subscribed = false;
    await play((transport) => {
      const proxy: Handler = (chunks$, connection) => {
        const source$ = defer(() => {
          subscribed = true;
          return chunks$;
        });
        return tcpConnect({ port: 1, transport })(source$, connection);
      };
      return serving(transport, proxy, {}, ({ connect }) => errorOf(NEVER.pipe(connect())));
    });
    expect(subscribed).toBe(false);
  });
});

describe.each(realNetworks)('a promise as the source of a client over the $name', ({ play }) => {
  it('that is rejected while the client is connecting errors the result', async () => {
    const failure = new Error('no answer');
    const seen = await play((transport) =>
      serving(transport, identity, {}, ({ port }) =>
        errorOf(defer(() => tcpConnect({ port, transport })(Promise.reject(failure)))),
      ),
    );
    expect(seen).toEqual([failure]);
  });
});
