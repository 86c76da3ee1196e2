/** Clients in a simulation: one of `tcpConnect`, and one that misbehaves. */
import { concat, concatMap, defer, EMPTY, from, map, NEVER, Subject, Subscription, tap, timer } from 'rxjs';
import { expect } from 'vitest';
import {
  defaults,
  formatAddress,
  type SocketEvents,
  type TcpConnectConfig,
  type TcpError,
  type Transport,
  type TransportSocket,
  tcpConnect,
} from '../../lib/index.js';
import { noiseAt } from '../properties/noise.js';

/** What a client sends at once, `afterMs` after the piece before. */
export interface Piece {
  readonly afterMs: number;
  readonly bytes: number;
}

/** What servers and clients need of their trial. */
export interface Stage {
  now(): number;
  /** Calls `work` after `ms`, unless all connections have ended before. */
  at(ms: number, work: () => void): void;
  /** A connection has ended. */
  changed(): void;
}

/** What is recorded of every client. */
export abstract class Client {
  readonly received: Buffer[] = [];
  /** It sends the bytes of `noiseAt` from there on. */
  readonly noiseAt: number;
  startsAtMs = 0;
  sentBytes = 0;
  /** It has ended its side. */
  hasEnded = false;
  /** It has destroyed its socket, so what waited to be sent is dropped. */
  hasDestroyed = false;
  /** It has seen the end of the server's side. */
  sawEnd = false;
  /** `open`, `complete`, `left` where it closed the connection itself, or an error's code. */
  outcome = 'open';
  address: string | undefined;
  connectedAt: number | undefined;
  overAt: number | undefined;
  protected readonly stage: Stage;

  constructor(place: number, stage: Stage) {
    this.noiseAt = place;
    this.stage = stage;
  }

  abstract begin(): void;

  get sent(): Buffer {
    return noiseAt({ at: this.noiseAt, bytes: this.sentBytes });
  }

  protected take(bytes: number): Buffer {
    this.sentBytes += bytes;
    return noiseAt({ at: this.noiseAt + this.sentBytes - bytes, bytes });
  }

  protected over(outcome: string): void {
    expect(this.outcome, 'the outcome before').toBe('open');
    this.outcome = outcome;
    this.overAt = this.stage.now();
    this.stage.changed();
  }
}

export interface StreamPlan {
  readonly pieces: readonly Piece[];
  /** When its source completes: behind the last piece; once as many bytes have come back; or never. */
  readonly ends: 'at once' | 'answered' | 'never';
  /** Unsubscribes so many milliseconds after it began. */
  readonly leavesAfterMs?: number | undefined;
}

/** `tcpConnect`. */
export class StreamClient extends Client {
  readonly #plan: StreamPlan;
  readonly #config: TcpConnectConfig;
  readonly #answered$ = new Subject<never>();
  #receivedBytes = 0;
  /** Its source has. */
  #hasCompleted = false;
  #subscription: Subscription | undefined;

  constructor(place: number, stage: Stage, plan: StreamPlan, config: TcpConnectConfig) {
    super(place, stage);
    this.#plan = plan;
    this.#config = config;
  }

  begin(): void {
    const { pieces, ends, leavesAfterMs } = this.#plan;
    const pieces$ = from(pieces).pipe(
      concatMap(({ afterMs, bytes }) => timer(afterMs).pipe(map(() => this.take(bytes)))),
    );
    const end$ = defer(() => {
      if (ends === 'never') return NEVER;
      return ends === 'at once' || this.#receivedBytes >= this.sentBytes ? EMPTY : this.#answered$;
    });
    const source$ = concat(pieces$, end$).pipe(
      tap({
        complete: () => {
          this.#hasCompleted = this.hasEnded = true;
        },
        unsubscribe: () => {
          if (this.outcome === 'open') this.hasEnded = true; // the server's end ends both
        },
      }),
    );
    const config: TcpConnectConfig = {
      ...this.#config,
      connected: {
        next: ({ local }) => {
          expect(this.address).toBe(undefined);
          this.address = formatAddress(local);
          this.connectedAt = this.stage.now();
        },
      },
    };
    this.#subscription = source$.pipe(tcpConnect(config)).subscribe({
      next: (chunk) => {
        expect(this.address, 'connected before it receives').toBeDefined();
        this.received.push(chunk);
        this.#receivedBytes += chunk.length;
        if (this.#receivedBytes === this.sentBytes) this.#answered$.complete();
      },
      error: ({ code }: TcpError) => {
        this.hasEnded = this.#hasCompleted || code === 'ERR_TIME_LIMIT'; // one that idles is closed in order
        if (code === 'ERR_CONNECTION_TIMED_OUT' && this.connectedAt !== undefined)
          expect(this.stage.now() - this.connectedAt, 'until keep-alive gives up').toBeGreaterThanOrEqual(10_000);
        this.over(code);
      },
      complete: () => {
        this.sawEnd = true;
        this.over('complete');
      },
    });
    if (leavesAfterMs === undefined) return;
    this.stage.at(leavesAfterMs, () => {
      if (this.outcome !== 'open') return;
      this.over('left');
      this.#subscription?.unsubscribe();
    });
  }
}

/** What a raw client does, `afterMs` after the act before. */
export interface Act {
  readonly afterMs: number;
  readonly do: 'send' | 'pause' | 'resume' | 'end' | 'reset' | 'destroy';
  readonly bytes: number;
}

/** Uses the transport itself, and checks what it reports and in which order. */
export class RawClient extends Client implements SocketEvents {
  readonly #acts: readonly Act[];
  readonly #transport: Transport;
  readonly #host: string;
  #socket: TransportSocket | undefined;
  #plan = Subscription.EMPTY;
  #hasFailed = false;
  #hasLeft = false;

  constructor(place: number, stage: Stage, acts: readonly Act[], transport: Transport, host: string) {
    super(place, stage);
    this.#acts = acts;
    this.#transport = transport;
    this.#host = host;
  }

  begin(): void {
    const { noDelay } = defaults.connect;
    this.#socket = this.#transport.connect({ host: this.#host, port: 7, noDelay, keepAliveMs: 1_000 });
    this.#socket.open(this);
    this.#plan = from(this.#acts)
      .pipe(concatMap((act) => timer(act.afterMs).pipe(map(() => act))))
      .subscribe((act) => this.#do(act));
  }

  #do(act: Act): void {
    const socket = this.#socket as TransportSocket;
    if (this.#hasLeft || this.outcome !== 'open') return;
    switch (act.do) {
      case 'send':
        if (!this.hasEnded) socket.write(this.take(act.bytes));
        return;
      case 'end':
        this.hasEnded = true;
        socket.end();
        return;
      case 'reset':
      case 'destroy':
        this.#hasLeft = true;
        this.hasDestroyed = act.do === 'destroy';
        socket[act.do]();
        return;
      default:
        socket[act.do]();
    }
  }

  connected(): void {
    expect(this.address).toBe(undefined);
    this.address = formatAddress(this.#socket?.local as never);
    this.connectedAt = this.stage.now();
  }
  chunk(chunk: Buffer): void {
    expect(this.address, 'connected before it receives').toBeDefined();
    this.#expectNews('a chunk');
    expect(this.sawEnd, 'has seen the end').toBe(false);
    this.received.push(chunk);
  }
  peerEnded(): void {
    this.#expectNews('the end');
    expect(this.sawEnd, 'has seen the end').toBe(false);
    this.sawEnd = true;
  }
  uncorked(): void {}
  drained(): void {
    this.#expectNews('drained');
  }
  failed({ code }: TcpError): void {
    this.#expectNews('failed');
    this.#hasFailed = true;
    this.over(code);
  }
  closed(): void {
    if (!this.#hasFailed) this.over(this.#hasLeft ? 'left' : 'complete');
    this.#hasFailed = this.#hasLeft = true; // nothing follows
    this.#plan.unsubscribe();
  }

  #expectNews(what: string): void {
    expect(this.#hasFailed || this.#hasLeft, `${what} behind the end`).toBe(false);
  }
}
