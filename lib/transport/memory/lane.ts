/** One direction of a connection between named hosts: what is on its way, and what its sender knows of the other end. */
import type { SchedulerLike } from 'rxjs';
import type { Address } from '../../values/address.js';
import type { TimerHeap } from '../../values/timer-heap.js';
import { KeepAlive, type KeepAliveOwner } from './keep-alive.js';
import type { MemorySocket } from './socket.js';
import type { Content, Wire } from './wire.js';

/** What a segment is for, in TCP's words; of bytes, how many they are. */
export type SegmentKind = Content | 'SYN' | 'SYN-ACK';

export interface Segment {
  readonly lane: Lane;
  readonly kind: SegmentKind;
  /** A reset that answers a segment: since that one is repeated until there is an answer, the answer is too. */
  readonly isAnswer: boolean;
  readonly arrive: () => void;
  /** Among those of its link. */
  readonly order: number;
  isLost: boolean;
}

export interface LaneLink {
  send(lane: Lane, kind: SegmentKind, arrive: () => void, isAnswer: boolean): void;
  arrived(segment: Segment): void;
  /** Whether nothing that is sent there now arrives for the time being. */
  blocks(lane: Lane): boolean;
  /** Forgets a lane that is closed, once nothing is on its way there. */
  settle(lane: Lane): void;
}

export interface LaneNetwork {
  readonly scheduler: SchedulerLike;
  readonly timers: TimerHeap;
  /** Calls in a later turn of this instant. */
  readonly later: (work: () => void) => void;
}

/** A host, which has power or not. */
export interface Machine {
  readonly isDown: boolean;
  /** How often it has crashed. */
  readonly crashes: number;
}

export class Lane implements Wire, KeepAliveOwner {
  readonly source: Machine;
  readonly from: Address;
  readonly to: Address;
  /** The next three are undefined until the other host is found; then they are set once. */
  target: Machine | undefined;
  link: LaneLink | undefined;
  /** The other direction. */
  back: Lane | undefined;
  /** The sender. */
  socket: MemorySocket | undefined;
  /** When what was sent last arrives: nothing that is sent later does so before. */
  arrivesAt = 0;
  heardAt = 0;
  isClosed = false;
  #isGone = false;
  readonly #crashesBefore: number;
  readonly #network: LaneNetwork;
  #keepAliveMs = Number.POSITIVE_INFINITY;
  #keepAlive: KeepAlive | undefined;
  #flight: Segment[] = [];
  /** Each call is the arrival of the first segment of the flight: order is kept, whichever timer comes first. */
  #arrive = arrivalOf(this.#flight);

  constructor(source: Machine, from: Address, to: Address, network: LaneNetwork) {
    this.source = source;
    this.#crashesBefore = source.crashes;
    this.from = from;
    this.to = to;
    this.#network = network;
  }

  // ---- what the socket asks of it ----

  get isUp(): boolean {
    return this.link?.blocks(this) !== true;
  }
  get isGone(): boolean {
    return this.#isGone || this.source.crashes !== this.#crashesBefore;
  }
  send(arrive: () => void, kind: SegmentKind): void {
    this.link?.send(this, kind, arrive, false);
  }
  answer(arrive: () => void): void {
    this.link?.send(this, 'RST', arrive, true);
  }
  later(work: () => void): void {
    this.#network.later(work);
  }
  closed(isGone: boolean): void {
    this.isClosed = true;
    this.#isGone = isGone;
    this.#keepAlive?.cancel();
    this.link?.settle(this);
  }

  // ---- what the link asks of it ----

  get isEmpty(): boolean {
    return this.#flight.length === 0;
  }

  /** Returns what to call when it arrives. */
  depart(segment: Segment): () => void {
    this.#flight.push(segment);
    return this.#arrive;
  }

  /** Takes back what is on its way. */
  interrupt(): Segment[] {
    const segments = this.#flight.splice(0);
    this.arrivesAt = 0;
    this.#flight = [];
    this.#arrive = arrivalOf(this.#flight); // the calls that are outstanding are of the flight before, which stays empty
    return segments;
  }

  // ---- keep-alive ----

  /** The connection stands. */
  established(keepAliveMs: number): void {
    this.#keepAliveMs = keepAliveMs;
  }

  watch(): void {
    if (this.isClosed || this.#keepAliveMs === Number.POSITIVE_INFINITY) return;
    const { scheduler, timers } = this.#network;
    this.#keepAlive ??= new KeepAlive(this.#keepAliveMs, scheduler, timers, this);
    this.#keepAlive.watch();
  }

  get isInDoubt(): boolean {
    return !this.isUp || this.back?.isGone === true;
  }
  get isUnacknowledged(): boolean {
    return this.socket !== undefined && this.socket.queuedBytes + (this.socket.unacknowledgedBytes() ?? 0) > 0;
  }
  probe(): void {
    this.socket?.probe();
  }
  timedOut(): void {
    this.socket?.timedOut();
  }
}

function arrivalOf(flight: Segment[]): () => void {
  return () => {
    const segment = flight.shift();
    segment?.lane.link?.arrived(segment);
  };
}
