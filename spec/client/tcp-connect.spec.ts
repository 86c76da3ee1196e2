import {
  concat,
  EMPTY,
  map,
  merge,
  NEVER,
  Observable,
  of,
  Subject,
  switchMap,
  take,
  tap,
  throwError,
  timer,
} from 'rxjs';
import { describe, expect, it } from 'vitest';
import { type Handler, tcpConnect } from '../../lib/index.js';
import { errorOf } from '../support/error-of.js';
import { networks } from '../support/networks.js';
import { serving, text } from '../support/serving.js';

const identity: Handler = (chunks$) => chunks$;

describe.each(networks)('a client over the $name', ({ play }) => {
  it('sends what its source emits, strings as UTF-8 and bytes as they are, and emits what comes back', async () => {
    const got = await play((transport) =>
      serving(transport, identity, {}, ({ connect }) =>
        of('Grüße ', Uint8Array.of(0, 255)).pipe(
          connect(),
          text(),
          map((all) => Buffer.from(all, 'latin1').toString('hex')),
        ),
      ),
    );
    expect(got).toEqual([`${Buffer.from('Grüße ').toString('hex')}00ff`]);
  });

  it('completes with the peer’s FIN, though its own source goes on', async () => {
    const got = await play((transport) =>
      serving(
        transport,
        () => of('bye'),
        {},
        ({ connect }) => NEVER.pipe(connect(), text()),
      ),
    );
    expect(got).toEqual(['bye']);
  });

  it('unsubscribes from its source at the peer’s FIN', async () => {
    let unsubscribed = false;
    const source$ = new Observable<string>(() => () => {
      unsubscribed = true;
    });
    await play((transport) =>
      serving(
        transport,
        () => EMPTY,
        {},
        ({ connect }) => source$.pipe(connect(), text()),
      ),
    );
    expect(unsubscribed).toBe(true);
  });

  it('errors with the error of its source, and resets the connection', async () => {
    const failure = new Error('no more');
    const failing$ = new Subject<never>();
    const seen = await play((transport) =>
      serving(transport, identity, {}, ({ connect, closed$ }) =>
        concat(
          errorOf(
            merge(of('x'), failing$).pipe(
              connect(),
              tap(() => failing$.error(failure)),
            ),
          ),
          closed$.pipe(
            take(1),
            map(({ reason }) => reason),
          ),
        ),
      ),
    );
    expect(seen).toEqual([failure, 'reset']);
  });

  it('errors with ERR_CONNECTION_RESET where its peer resets', async () => {
    const failing: Handler = () => timer(10).pipe(switchMap(() => throwError(() => new Error('no luck'))));
    const codes = await play((transport) =>
      serving(transport, failing, {}, ({ connect }) => errorOf(NEVER.pipe(connect())).pipe(map(({ code }) => code))),
    );
    expect(codes).toEqual(['ERR_CONNECTION_RESET']);
  });

  it('errors with ERR_TIME_LIMIT where its peer sends nothing for idleTimeoutMs', async () => {
    const errors = await play((transport) =>
      serving(
        transport,
        () => NEVER,
        { drainTimeoutMs: 0 }, // after both FINs the server is not told that the client has closed
        ({ port }) => errorOf(of('x').pipe(tcpConnect({ port, transport, idleTimeoutMs: 40 }))),
      ),
    );
    const message = expect.stringMatching(/^Gave up on .+: the connection was idle too long$/);
    expect(errors).toMatchObject([{ code: 'ERR_TIME_LIMIT', message }]);
  });

  it('unsubscribed from after all it sent was answered, it closes in order', async () => {
    const seen = await play((transport) =>
      serving(transport, identity, {}, ({ connect, closed$ }) =>
        concat(
          of('one').pipe(connect(), take(1), map(String)),
          closed$.pipe(
            take(1),
            map(({ reason }) => reason),
          ),
        ),
      ),
    );
    expect(seen).toEqual(['one', 'ended']);
  });

  it('unsubscribed from while it is connecting, it never reaches the server', async () => {
    const opened = await play((transport) =>
      serving(transport, identity, {}, ({ connect, events }) => {
        NEVER.pipe(connect()).subscribe().unsubscribe();
        return of('next').pipe(
          connect(), // is accepted after the first one would have been
          text(),
          map(() => events.filter(({ type }) => type === 'opened').length),
        );
      }),
    );
    expect(opened).toEqual([1]);
  });

  it('each subscription is a connection of its own', async () => {
    const ids = await play((transport) =>
      serving(
        transport,
        (_, { id }) => of(`${id}`),
        {},
        ({ connect }) => {
          const client$ = EMPTY.pipe(connect(), text());
          return merge(client$, concat(client$, client$));
        },
      ),
    );
    expect(ids.sort()).toEqual(['1', '2', '3']);
  });

  it('reads while its own bytes wait to be sent: 4 MB come back whole from an echo', async () => {
    const sent = Buffer.alloc(4 * 1024 * 1024, 'x');
    const got = await play((transport) =>
      serving(transport, identity, {}, ({ connect }) =>
        of(sent).pipe(
          connect(),
          text(),
          map((all) => all.length),
          tap((length) => expect(length).toBe(sent.length)),
        ),
      ),
    );
    expect(got).toEqual([sent.length]);
  });
});
