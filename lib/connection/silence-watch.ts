/** Which peers of a server have said nothing for long since something was written to them. */
import type { SchedulerLike, Subscription } from 'rxjs';
import type { Clock } from '../values/clock.js';
import { asksAt, type SilentPeer, silenceBeforeAskingMs } from './acknowledgement.js';

export interface WatchedPeer extends SilentPeer {
  /** Kept by the watch. */
  isWatched: boolean;
  /** It is no longer watched, and time to ask the system about it. */
  silent(): void;
}

/**
 * Looks through all peers at once, a few times a second: a timer for each costs 10 000 slow connections a third of their
 * processor time.
 */
export class SilenceWatch {
  readonly #scheduler: SchedulerLike;
  readonly #clock: Clock;
  readonly #silenceMs: number;
  readonly #peers: () => Iterable<WatchedPeer>;
  #watched = 0;
  #timer: Subscription | undefined;

  /** @param peers tells who may be watched now */
  constructor(peers: () => Iterable<WatchedPeer>, scheduler: SchedulerLike, clock: Clock, timeoutMs: number) {
    this.#peers = peers;
    this.#scheduler = scheduler;
    this.#clock = clock;
    this.#silenceMs = silenceBeforeAskingMs(timeoutMs);
  }

  add(peer: WatchedPeer): void {
    peer.isWatched = true;
    this.#watched += 1;
    if (this.#timer === undefined) this.#lookLater();
  }

  delete(peer: WatchedPeer): void {
    peer.isWatched = false;
    this.#watched -= 1;
    if (this.#watched > 0) return;
    this.#timer?.unsubscribe();
    this.#timer = undefined;
  }

  #lookLater(): void {
    this.#timer = this.#scheduler.schedule(() => {
      this.#timer = undefined;
      this.#look();
      if (this.#watched > 0 && this.#timer === undefined) this.#lookLater();
    }, this.#silenceMs / 10);
  }

  #look(): void {
    const now = this.#clock.now();
    for (const peer of this.#peers()) {
      if (!peer.isWatched) continue;
      const isSilent = peer.silentSince !== undefined;
      if (isSilent && now < asksAt(peer, this.#silenceMs)) continue;
      this.delete(peer);
      if (isSilent) peer.silent();
    }
  }
}
