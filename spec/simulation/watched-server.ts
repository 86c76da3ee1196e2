/** A server in a simulation, with what it promises checked at each of its events. */
import { finalize, type Observable, ReplaySubject, tap } from 'rxjs';
import { expect } from 'vitest';
import {
  type Bytes,
  type Closing,
  type Connection,
  defaults,
  formatAddress,
  type Handler,
  type ServerEvent,
  type TcpServerConfig,
  type Transport,
  tcpServer,
} from '../../lib/index.js';
import { Ledgers } from '../properties/ledgers.js';
import { expectNoneEarly } from '../properties/limits.js';
import { overriding } from '../support/overriding.js';
import type { Stage } from './clients.js';

/** What a server and one of its clients have said to each other. */
export interface Talk {
  readonly connection: Connection;
  readonly delivered: Buffer[];
  readonly replied: Buffer[];
  /** The handler was told that the peer has ended its side. */
  hasEnded: boolean;
  /** The handler has completed. */
  isAnswered: boolean;
  closing: Closing | undefined;
}

export type ServerLimits = Partial<Omit<TcpServerConfig, 'port' | 'transport' | 'stop$'>>;

const never = Number.POSITIVE_INFINITY;

/** How much later a faulty connection is closed that waits for a peer that does not read. */
const lingerMs = 1_000;

/** What a network in memory delivers at once. */
const mostChunkBytes = 65_536;

/** Each run of its program listens anew, as after a crash of its host. */
export class WatchedServer {
  /** By the address of the client. */
  readonly talks = new Map<string, Talk>();
  readonly dropped = new Set<string>();
  readonly config: ServerLimits;
  stoppedAt: number | undefined;
  endedAt: number | undefined;
  readonly #handler: Handler;
  readonly #stage: Stage;
  readonly #echoes: boolean;
  readonly #stop$ = new ReplaySubject<void>(1); // a server that a restart begins stops as well
  #lastStoppedAt = 0;
  readonly #open = new Set<Connection>();
  /** The first one: what a handler throws ends its connection, and is not seen. */
  #problem: string | undefined;

  /** A handler that `echoes` answers each byte with itself, and has the window count what it holds. */
  constructor(config: ServerLimits, handler: Handler, stage: Stage, echoes: boolean) {
    this.config = config;
    this.#handler = handler;
    this.#stage = stage;
    this.#echoes = echoes;
  }

  stop(): void {
    this.stoppedAt ??= this.#stage.now();
    this.#lastStoppedAt = this.#stage.now();
    this.#stop$.next();
  }

  get isBusy(): boolean {
    return this.#open.size > 0;
  }

  /** It has ended, and in time. */
  check(): void {
    expect(this.#problem).toBe(undefined);
    expect(this.endedAt, 'the end of a server').toBeDefined();
    const { drainTimeoutMs = defaults.server.drainTimeoutMs } = this.config;
    expect(this.endedAt, 'of its shutdown').toBeLessThanOrEqual(this.#lastStoppedAt + drainTimeoutMs + lingerMs);
  }

  readonly program = (transport: Transport): Observable<ServerEvent> => {
    const ledgers = new Ledgers();
    const active = this.#open;
    const figures = { accepted: 0, opened: 0, closed: 0, dropped: 0 };
    const expectAllToldOf = () => expect(figures.accepted).toBe(figures.opened + figures.dropped);
    const counted = overriding(transport, {
      listen: (options, events) => {
        const accepted: typeof events.accepted = (socket) => {
          figures.accepted += 1;
          events.accepted(socket);
        };
        return transport.listen(options, overriding(events, { accepted }));
      },
    });
    this.endedAt = undefined;
    const config = { port: 7, transport: counted, stop$: this.#stop$, ...this.config };
    return tcpServer(config, ledgers.audit(this.#recorded)).pipe(
      tap((event) => {
        ledgers.check();
        expect(this.#problem).toBe(undefined);
        switch (event.type) {
          case 'opened':
            figures.opened += 1;
            expect(event.connection.id).toBe(figures.opened);
            active.add(event.connection);
            break;
          case 'closed':
            figures.closed += 1;
            expect(active.delete(event.connection), `${event.connection.id} was open`).toBe(true);
            this.#closed(event);
            break;
          case 'dropped':
            figures.dropped += 1;
            if (event.remote) this.dropped.add(formatAddress(event.remote));
            break;
          case 'draining':
            expect(event.active).toBe(active.size);
        }
        expect(figures.opened).toBe(figures.closed + active.size);
        expect(figures.accepted).toBeGreaterThanOrEqual(figures.opened + figures.dropped);
        if (this.config.proxyProtocol === undefined) expectAllToldOf();
        expect(active.size).toBeLessThanOrEqual(this.config.maxConnections ?? Number.POSITIVE_INFINITY);
      }),
      tap({
        complete: () => {
          expect(active.size).toBe(0);
          expectAllToldOf();
        },
      }),
      finalize(() => {
        this.endedAt = this.#stage.now();
        this.#open.clear();
        this.#stage.changed();
      }),
    );
  };

  readonly #recorded: Handler = (chunks$, connection) => {
    const talk: Talk = {
      connection,
      delivered: [],
      replied: [],
      hasEnded: false,
      isAnswered: false,
      closing: undefined,
    };
    this.talks.set(formatAddress(connection.remote), talk);
    const recorded$ = chunks$.pipe(
      tap({
        next: (chunk) => {
          this.#expectRoom(talk);
          talk.delivered.push(chunk);
        },
        complete: () => {
          talk.hasEnded = this.stoppedAt === undefined;
        },
      }),
    );
    return (this.#handler(recorded$, connection) as Observable<Bytes>).pipe(
      tap({
        next: (reply) => talk.replied.push(Buffer.from(reply as string)),
        complete: () => {
          talk.isAnswered = true;
        },
      }),
    );
  };

  /** What is read and not answered stays within the window. */
  #expectRoom({ connection, delivered }: Talk): void {
    const { highWaterMarkBytes = defaults.server.highWaterMarkBytes } = this.config;
    const { bytesHeld, bytesWritten } = connection;
    if (bytesHeld > highWaterMarkBytes + mostChunkBytes) this.#problem ??= `holds ${bytesHeld} bytes`;
    const outstandingBytes = delivered.reduce((sum, chunk) => sum + chunk.length, 0) - bytesWritten;
    if (this.#echoes && outstandingBytes >= highWaterMarkBytes)
      this.#problem ??= `delivers behind ${outstandingBytes} bytes`;
  }

  #closed(event: Extract<ServerEvent, { type: 'closed' }>): void {
    const { connection, reason, bytesRead, bytesUnsent, bytesWritten, bytesDiscarded, error, durationMs } = event;
    const { maxLifetimeMs = never } = this.config;
    const talk = this.talks.get(formatAddress(connection.remote)) as Talk;
    expect(durationMs).toBeLessThanOrEqual(maxLifetimeMs + lingerMs);
    expectNoneEarly([event], this.config);
    talk.closing = event;
    this.#stage.changed();
    expect({ bytesRead, bytesUnsent, bytesWritten, bytesDiscarded }).toEqual({
      bytesRead: connection.bytesRead,
      bytesUnsent: connection.bytesUnsent,
      bytesWritten: connection.bytesWritten,
      bytesDiscarded: connection.bytesDiscarded,
    });
    expect(connection.bytesHeld).toBe(0);
    if (reason === 'ended')
      expect({ bytesUnsent, isAnswered: talk.isAnswered }).toEqual({ bytesUnsent: 0, isAnswered: true });
    if (reason === 'reset' || reason === 'failed') expect(error).toBeDefined();
  }
}
