/** What fails below a connection ends that connection alone, with an error that says what failed, and on what. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type net from 'node:net';
import {
  catchError,
  concat,
  filter,
  finalize,
  map,
  merge,
  NEVER,
  Observable,
  of,
  Subject,
  switchMap,
  take,
  tap,
  zip,
} from 'rxjs';
import { describe, expect, it } from 'vitest';
import { type Address, type Handler, tcpConnect } from '../../lib/index.js';
import { errorOf } from '../support/error-of.js';
import { networks, realNetworks, type TestNetwork } from '../support/networks.js';
import { serving } from '../support/serving.js';

const identity: Handler = (chunks$) => chunks$;

/** Resets its peer at the first chunk. */
const failing: Handler = (chunks$) =>
  chunks$.pipe(
    map(() => {
      throw new Error('told to');
    }),
  );

/** The sockets that Node makes, as it announces them: those that connect, or those that its own listeners accept. */
function socketsOf(channel: 'net.client.socket' | 'net.server.socket'): Observable<net.Socket> {
  return new Observable((sockets) => {
    const listener = (message: unknown): void => sockets.next((message as { socket: net.Socket }).socket);
    subscribe(channel, listener);
    return () => unsubscribe(channel, listener);
  });
}

/** An errno that is in no table of the library. */
const unknown = Object.assign(new Error('write EPROTO'), { code: 'EPROTO' });

const [documented] = networks.slice(-1) as [TestNetwork];

describe('an errno that is in no table', () => {
  it('ends the connection in which it occurs, and no other, with ERR_SYSTEM', async () => {
    const accepted: net.Socket[] = [];
    const watching = socketsOf('net.server.socket').subscribe((socket) => accepted.push(socket));
    const seen = await documented.play((transport) =>
      serving(transport, identity, {}, ({ peer, closed$ }) => {
        const [first, second] = [peer(), peer()];
        first.send('x');
        second.send('x');
        const served$ = merge(first.whenReceived(1), second.whenReceived(1)).pipe(filter((_, index) => index === 1));
        const closing$ = served$.pipe(
          tap(() => accepted[0]?.destroy(unknown)),
          switchMap(() => closed$),
          take(1),
          map(({ reason, error }) => [reason, error?.code, error?.cause === unknown]),
        );
        const other = () => (first.socket.local?.port === accepted[0]?.remotePort ? second : first);
        const goesOn$ = new Observable<string>((subscriber) => {
          other().send('y');
          return other()
            .whenReceived(2)
            .pipe(map(({ received }) => received))
            .subscribe(subscriber);
        });
        return concat(closing$, goesOn$);
      }),
    );
    watching.unsubscribe();
    expect(seen).toEqual([['reset', 'ERR_SYSTEM', true], 'xy']);
  });

  it.each(networks.slice(1))('is the error of a client over the $name', async ({ play }) => {
    const sockets$ = new Subject<net.Socket>();
    const watching = socketsOf('net.client.socket').subscribe(sockets$);
    const errors = await play((transport) =>
      serving(transport, identity, {}, ({ connect }) => {
        let socket: net.Socket | undefined;
        sockets$.pipe(take(1)).subscribe((made) => {
          socket = made;
        });
        const breaks = tap(() => socket?.destroy(unknown));
        return errorOf(concat(of('x'), NEVER).pipe(connect(), breaks)).pipe(
          map(({ code, message }) => [code, message.replace(/\d+/g, 'N')]),
        );
      }),
    );
    watching.unsubscribe();
    expect(errors).toEqual([['ERR_SYSTEM', 'Lost the connection to N.N.N.N:N: write EPROTO']]);
  });
});

describe.each(networks)('the error of a client over the $name', ({ play }) => {
  it('says "Could not connect to", and the address, where it never was connected', async () => {
    const errors = await play((transport) =>
      errorOf(of('x').pipe(tcpConnect({ port: 1, transport }))).pipe(map(({ code, message }) => [code, message])),
    );
    expect(errors).toEqual([
      ['ERR_CONNECTION_REFUSED', expect.stringMatching(/^Could not connect to 127\.0\.0\.1:1: /)],
    ]);
  });

  it('says "Lost the connection to", and the address, where the peer resets', async () => {
    const errors = await play((transport) =>
      serving(transport, failing, {}, ({ connect, port }) =>
        errorOf(concat(of('x'), NEVER).pipe(connect())).pipe(
          map(({ code, message }) => [code, message.replace(`${port}`, 'PORT')]),
        ),
      ),
    );
    expect(errors).toEqual([
      ['ERR_CONNECTION_RESET', expect.stringMatching(/^Lost the connection to 127\.0\.0\.1:PORT: /)],
    ]);
  });

  it('of a server says "Lost the connection to", and the address of the peer, where that resets', async () => {
    const errors = await play((transport) =>
      serving(
        transport,
        () => NEVER,
        {},
        ({ peer, closed$, events$ }) => {
          const client = peer();
          let local: Address | undefined;
          const opened$ = events$.pipe(filter(({ type }) => type === 'opened'));
          zip(opened$, client.when('connected')).subscribe(() => {
            local = client.socket.local;
            client.socket.reset();
          });
          return closed$.pipe(
            take(1),
            map(({ error }) => [error?.code, error?.message.replace(`${local?.port}`, 'PORT')]),
          );
        },
      ),
    );
    expect(errors).toEqual([
      ['ERR_CONNECTION_RESET', expect.stringMatching(/^Lost the connection to 127\.0\.0\.1:PORT: /)],
    ]);
  });
});

describe.each(realNetworks)('a client over the $name', ({ play }) => {
  /** Connects while the socket says that this is its own address. */
  const connecting = (own: (port: number) => { readonly host: string; readonly port: number }) =>
    play((transport) =>
      serving(transport, identity, {}, ({ port }) => {
        const { host, port: localPort } = own(port);
        const sockets = socketsOf('net.client.socket').subscribe((socket) => {
          Object.defineProperties(socket, { localAddress: { value: host }, localPort: { value: localPort } });
        });
        return of('x').pipe(
          tcpConnect({ port, transport }),
          map(String),
          catchError(({ code, message, cause }) => of([code, message.replace(`${port}`, 'PORT'), cause.message])),
          finalize(() => sockets.unsubscribe()),
        );
      }),
    );

  it('is refused where the kernel has connected its socket to itself', async () => {
    expect(await connecting((port) => ({ host: '127.0.0.1', port }))).toEqual([
      [
        'ERR_CONNECTION_REFUSED',
        'Could not connect to 127.0.0.1:PORT: no server listens there; start it, or check host and port',
        'connected to itself',
      ],
    ]);
  });

  it.each([
    ['its port on another address', (port: number) => ({ host: '127.0.0.2', port })],
    ['another port on its address', (port: number) => ({ host: '127.0.0.1', port: port - 1 })],
  ])('is served from %s', async (_, own) => {
    expect(await connecting(own)).toEqual(['x']);
  });
});
