/** The time limits of one connection: which of them runs, and whether it has run out. */
import type { TransportSocket } from '../../transport/transport.js';
import type { Clock } from '../../values/clock.js';
import { Timed, type TimerHeap } from '../../values/timer-heap.js';
import type { LimitReason } from '../connection.js';
import { idles, lingers, type Sides } from '../states.js';
import { Delivery, lookMs, queueLookMs, type Sent, silenceBeforeAskingMs } from './delivery.js';

export interface LimitOptions {
  readonly idleTimeoutMs: number;
  readonly writeTimeoutMs: number;
  readonly halfCloseTimeoutMs: number;
  readonly maxLifetimeMs: number;
  readonly clock: Clock;
  /** One for all connections of a server. */
  readonly timers: TimerHeap;
}

export interface Limited extends Sides {
  readonly inbound: Sides['inbound'] & { readonly bytesHeld: number };
  readonly outbound: (Sides['outbound'] & Sent) | undefined;
  readonly window: { readonly isEmpty: boolean; readonly isBlocked: boolean };
  readonly openedAt: number;
  close(reason: LimitReason): void;
}

export class Limits extends Timed {
  readonly #options: LimitOptions;
  readonly #socket: TransportSocket;
  readonly #peer: Limited;
  #delivery: Delivery | undefined;
  #activeAt: number;
  #hasAsked = false;
  #isOverdue = false;

  constructor(options: LimitOptions, socket: TransportSocket, peer: Limited) {
    super();
    this.#options = options;
    this.#socket = socket;
    this.#peer = peer;
    this.#activeAt = options.clock.now();
  }

  /** Something came, went or was answered. */
  touch(): void {
    this.#activeAt = this.#options.clock.now();
  }

  /** A limit begins to run. */
  restart(): void {
    this.touch();
    this.update();
  }

  /** A write has left something queued. */
  watchQueue(): void {
    const { writeTimeoutMs, clock } = this.#options;
    const now = clock.now();
    this.#watch().watchQueue(now);
    this.#lookAt(now + queueLookMs(writeTimeoutMs));
  }

  /** The peer owes a sign that something arrives. */
  awaitSign(since: number): void {
    this.#watch();
    const silenceMs = silenceBeforeAskingMs(this.#options.writeTimeoutMs);
    // Rounded up, so that the silences of ten thousand connections wake the process twice a second.
    const stepMs = silenceMs / 10;
    this.#lookAt(Math.ceil((since + silenceMs) / stepMs) * stepMs);
  }

  /** A limit may have come nearer. One that moves away needs no call: the next look finds out. */
  update(): void {
    const now = this.#options.clock.now();
    const state = this.#look(now);
    this.#lookAt(typeof state === 'number' ? state : now);
  }

  cancel(): void {
    this.#options.timers.delete(this);
  }

  /** Looks twice: after a stall of the process timers run before sockets are read, and every live connection looks idle. */
  due(now: number): void {
    const state = this.#look(now);
    const wasOverdue = this.#isOverdue;
    this.#isOverdue = typeof state === 'string';
    if (typeof state === 'number') this.#lookAt(state);
    else if (wasOverdue) this.#peer.close(state);
    else this.#lookAt(now);
  }

  #lookAt(at: number): void {
    if (at < this.dueAt) this.#options.timers.set(this, at);
  }

  /** The limit that has run out, or when to look again. */
  #look(now: number): LimitReason | number {
    const { idleTimeoutMs, halfCloseTimeoutMs, maxLifetimeMs } = this.#options;
    const diesAt = this.#peer.openedAt + maxLifetimeMs;
    if (now >= diesAt) return 'lifetime';
    const delivery = this.#delivery?.look(now) ?? Number.POSITIVE_INFINITY;
    if (delivery === 'stalled') return 'stalled';
    if (this.#socket.queuedBytes > 0) return Math.min(diesAt, delivery, now + lookMs);
    const looksAt = Math.min(diesAt, delivery);
    const { inbound, window } = this.#peer;
    const isLingering = lingers(this.#peer);
    // While something of the peer's is held here, or is not read for want of room, it is not the peer that is slow.
    const isBehind = inbound.bytesHeld > 0 || !window.isEmpty || window.isBlocked;
    const isPeersTurn = !isBehind && (isLingering || idles(this.#peer));
    const endsAt = (isPeersTurn ? this.#activeAt : now) + (isLingering ? halfCloseTimeoutMs : idleTimeoutMs);
    if (now < endsAt) return Math.min(looksAt, endsAt);
    if (!isLingering) return 'idle';
    if (this.#hasAsked || this.#socket.unacknowledgedBytes() !== undefined) return 'half-closed';
    this.#hasAsked = true; // how to close depends on the answer
    return Math.min(looksAt, now + lookMs);
  }

  #watch(): Delivery {
    const { outbound } = this.#peer;
    this.#delivery ??= new Delivery(this.#socket, outbound as Sent, this.#options.writeTimeoutMs); // it has just sent something
    return this.#delivery;
  }
}
