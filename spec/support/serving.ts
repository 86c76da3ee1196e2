/** A server for the length of one scenario. */
import {
  defer,
  filter,
  finalize,
  ignoreElements,
  merge,
  type Observable,
  type OperatorFunction,
  ReplaySubject,
  reduce,
  Subject,
  share,
  switchMap,
  take,
  tap,
} from 'rxjs';
import {
  type Bytes,
  type Handler,
  type ServerEvent,
  type TcpAddress,
  type TcpServerConfig,
  type Transport,
  tcpConnect,
  tcpServer,
} from '../../lib/index.js';
import { RawPeer } from './raw-peer.js';

export type Closed = Extract<ServerEvent, { type: 'closed' }>;

/** What a scenario sees of its server and can do to it. */
export interface Serving {
  readonly port: number;
  readonly events: readonly ServerEvent[];
  /** All events, past ones first. */
  readonly events$: Observable<ServerEvent>;
  /** The closed events, past ones first. */
  readonly closed$: Observable<Closed>;
  stop(): void;
  connect(): OperatorFunction<Bytes, Buffer>;
  peer(): RawPeer;
}

/** Plays `scenario` with a server, then resets the peers that are left and drains the server. Emits what the scenario emits and completes with the server. */
export function serving<T>(
  transport: Transport,
  handler: Handler,
  config: Partial<TcpServerConfig>,
  scenario: (server: Serving) => Observable<T>,
): Observable<T> {
  return defer(() => {
    const stop$ = new Subject<void>();
    const events: ServerEvent[] = [];
    const peers: RawPeer[] = [];
    const events$ = new ReplaySubject<ServerEvent<TcpAddress>>();
    const server$ = tcpServer({ port: 0, transport, stop$, ...config }, handler).pipe(
      tap((event) => events.push(event)),
      tap(events$),
      share(),
    );
    const scenario$ = server$.pipe(
      filter((event) => event.type === 'listening'),
      take(1),
      switchMap(({ address: { port } }) =>
        scenario({
          port,
          events,
          events$,
          closed$: events$.pipe(filter((event) => event.type === 'closed')),
          stop: () => stop$.next(),
          connect: () => tcpConnect({ port, transport }),
          peer: () => {
            const peer = new RawPeer(transport, port);
            peers.push(peer);
            return peer;
          },
        }),
      ),
      finalize(() => {
        for (const peer of peers) peer.socket.reset();
        stop$.next();
      }),
    );
    return merge(scenario$, server$.pipe(ignoreElements()));
  });
}

/** All that comes, as one text. */
export function text(): OperatorFunction<Bytes, string> {
  return reduce((all, bytes) => all + Buffer.from(bytes as string).toString('latin1'), '');
}
