/** Which peers of a server have said nothing for long since something was written to them. */
import type { SchedulerLike, Subscription } from 'rxjs';
import type { Clock } from '../values/monotonic-clock.js';
import { asksAt, type SilentPeer, silenceBeforeAskingMs } from './acknowledgement.js';

export interface WatchedPeer extends SilentPeer {
  /** Kept by the watch: to search its peers would take time of every message. */
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
  readonly #peers = new Set<WatchedPeer>();
  #timer: Subscription | undefined;

  constructor(scheduler: SchedulerLike, clock: Clock, timeoutMs: number) {
    this.#scheduler = scheduler;
    this.#clock = clock;
    this.#silenceMs = silenceBeforeAskingMs(timeoutMs);
  }

  add(peer: WatchedPeer): void {
    peer.isWatched = true;
    this.#peers.add(peer);
    if (this.#timer === undefined) this.#lookLater();
  }

  delete(peer: WatchedPeer): void {
    peer.isWatched = false;
    this.#peers.delete(peer);
    if (this.#peers.size > 0) return;
    this.#timer?.unsubscribe();
    this.#timer = undefined;
  }

  #lookLater(): void {
    this.#timer = this.#scheduler.schedule(() => {
      this.#timer = undefined;
      this.#look();
      if (this.#peers.size > 0 && this.#timer === undefined) this.#lookLater();
    }, this.#silenceMs / 10);
  }

  #look(): void {
    const now = this.#clock.now();
    for (const peer of this.#peers) {
      const isSilent = peer.silentSince !== undefined;
      if (isSilent && now < asksAt(peer, this.#silenceMs)) continue;
      this.delete(peer);
      if (isSilent) peer.silent();
    }
  }
}
