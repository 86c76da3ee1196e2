/** A server for the length of one scenario. */
import {
  defer,
  filter,
  finalize,
  first,
  ignoreElements,
  map,
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
  type Connection,
  type Handler,
  type ServerEvent,
  type TcpAddress,
  type TcpServerConfig,
  type Transport,
  tcpConnect,
  tcpServer,
} from '../../lib/index.js';
import { overriding } from './overriding.js';
import { RawPeer } from './raw-peer.js';
import { until } from './until.js';

export type Closed = Extract<ServerEvent, { type: 'closed' }>;

/** What a scenario sees of its server and can do to it. */
export interface Serving {
  readonly port: number;
  readonly events: readonly ServerEvent[];
  /** All events, past ones first. */
  readonly events$: Observable<ServerEvent>;
  /** The closed events, past ones first. */
  readonly closed$: Observable<Closed>;
  /** Emits for each socket that its listener has accepted, past ones first. */
  readonly accepted$: Observable<void>;
  /** Emits the first connection once it has been opened and that many bytes of it have been read. */
  read(bytes: number): Observable<Connection>;
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
    const accepted$ = new ReplaySubject<void>();
    const watched = tellingAccepted(transport, accepted$);
    const server$ = tcpServer({ port: 0, transport: watched, stop$, ...config }, handler).pipe(
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
          accepted$,
          read: (bytes) =>
            events$.pipe(
              first((event) => event.type === 'opened'),
              switchMap(({ connection }) => until(() => connection.bytesRead >= bytes).pipe(map(() => connection))),
            ),
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

/** Tells of each socket once its listener has accepted it. */
export function tellingAccepted(transport: Transport, accepted$: Subject<void>): Transport {
  return overriding(transport, {
    listen(options, events) {
      const accepted: typeof events.accepted = (socket) => {
        events.accepted(socket);
        accepted$.next();
      };
      return transport.listen(options, overriding(events, { accepted }));
    },
  });
}

/** All that comes, as one text. */
export function text(): OperatorFunction<Bytes, string> {
  return reduce((all, bytes) => all + Buffer.from(bytes as string).toString('latin1'), '');
}
