/** The time limits of one connection: which of them runs, and whether it is over. */
import type { SchedulerLike } from 'rxjs';
import type { TransportSocket } from '../transport/transport.js';
import type { Clock } from '../values/clock.js';
import { Acknowledgement, type SilentPeer } from './acknowledgement.js';
import type { LimitReason } from './connection.js';
import { type LimitState, LimitTimer } from './limit-timer.js';

export interface LimitOptions {
  readonly idleTimeoutMs: number;
  readonly writeTimeoutMs: number;
  readonly halfCloseTimeoutMs: number;
  readonly maxLifetimeMs: number;
  readonly scheduler: SchedulerLike;
  readonly clock: Clock;
}

export interface Limited extends SilentPeer {
  readonly openedAt: number;
  /** Whether our side has ended, the peer's has not, and nobody waits for what it may still say. */
  isLingering(): boolean;
  /** Whether it is the peer's turn. While something of its own is held here, it is not the peer that is slow. */
  isWaiting(): boolean;
  expire(reason: LimitReason): void;
}

/** How often to see whether the system takes any of what is stuck: a limit exact to a second needs it twice in one. */
const lookMs = 500;

export class Limits {
  readonly #options: LimitOptions;
  readonly #socket: TransportSocket;
  readonly #limited: Limited;
  readonly #timer: LimitTimer;
  readonly #acknowledgement: Acknowledgement;
  /** When something last came, went or was settled. */
  #activeAt: number;
  /** When the system last took something of what waits for it, or began to be waited for. */
  #progressAt: number;
  /** At the last look; undefined before the first. */
  #writtenBytes: number | undefined;
  #unacknowledgedBytes: number | undefined;
  #hasAsked = false;

  constructor(options: LimitOptions, socket: TransportSocket, limited: Limited) {
    const { scheduler, clock } = options;
    this.#options = options;
    this.#socket = socket;
    this.#limited = limited;
    this.#activeAt = clock.now();
    this.#progressAt = this.#activeAt;
    this.#acknowledgement = new Acknowledgement(socket, limited, options.writeTimeoutMs);
    this.#timer = new LimitTimer(
      scheduler,
      clock,
      (now) => this.#look(now),
      (reason) => limited.expire(reason),
    );
  }

  /** Something came, went or was settled. */
  touch(): void {
    this.#activeAt = this.#options.clock.now();
  }

  /** A write waits for the system, and none had before. */
  writeWaits(): void {
    this.#progressAt = this.#options.clock.now();
    this.#unacknowledgedBytes = undefined;
  }

  /** To be called when a limit may have come nearer. */
  update(): void {
    this.#timer.update();
  }

  cancel(): void {
    this.#timer.cancel();
  }

  #look(now: number): LimitState {
    const { idleTimeoutMs, halfCloseTimeoutMs, maxLifetimeMs, writeTimeoutMs } = this.#options;
    const diesAt = this.#limited.openedAt + maxLifetimeMs;
    if (now >= diesAt) return 'lifetime';
    if (this.#socket.queuedBytes > 0) {
      if (this.#hasProgressed(now)) this.#progressAt = now;
      const stallsAt = this.#progressAt + writeTimeoutMs;
      return now >= stallsAt ? 'stalled' : Math.min(diesAt, stallsAt, now + lookMs);
    }
    const acknowledged = this.#acknowledgement.look(now);
    if (acknowledged === 'overdue') return 'stalled';
    const looksAt = Math.min(diesAt, acknowledged);
    const lingering = this.#limited.isLingering();
    const endsAt =
      (this.#limited.isWaiting() ? this.#activeAt : now) + (lingering ? halfCloseTimeoutMs : idleTimeoutMs);
    if (now < endsAt) return Math.min(looksAt, endsAt);
    if (!lingering) return 'idle';
    if (this.#hasAsked || this.#socket.unacknowledgedBytes() !== undefined) return 'half-closed';
    this.#hasAsked = true; // how to close depends on the answer
    return Math.min(looksAt, now + lookMs);
  }

  /**
   * The system takes more only once a third of its buffer is free again, which a slow reader's may not be for minutes. So
   * before a peer counts as stalled, the system is asked what it holds for it: first when nothing moves, then when time is
   * up.
   */
  #hasProgressed(now: number): boolean {
    const { bytesWritten } = this.#limited;
    if (bytesWritten !== this.#writtenBytes) {
      this.#writtenBytes = bytesWritten;
      this.#unacknowledgedBytes = undefined;
      return true;
    }
    const leftMs = this.#progressAt + this.#options.writeTimeoutMs - now;
    if (this.#unacknowledgedBytes !== undefined && leftMs > 2 * lookMs) return false;
    const before = this.#unacknowledgedBytes;
    this.#unacknowledgedBytes = this.#socket.unacknowledgedBytes() ?? before;
    return before !== undefined && this.#unacknowledgedBytes !== before;
  }
}
