/** Has the peer acknowledged what the system took for it? Nothing else tells of a peer that is gone without a word. */
import type { TransportSocket } from '../transport/transport.js';

/** A peer that may have gone: it has said nothing since something was written. */
export interface SilentPeer {
  /** When that was, in whole milliseconds; undefined: it has spoken since, or has acknowledged all. */
  readonly silentSince: number | undefined;
  /** How many bytes had been written before. */
  readonly silentFromBytes: number;
  readonly bytesWritten: number;
  /** It has acknowledged all: there is nothing to look at until it is written to again. */
  heard(): void;
}

/**
 * How long a peer may say nothing after a write until the system is asked. What it tells may be a second old, so no less than
 * that; and to ask is to read a table of all connections, so 5 s where the limit allows it.
 */
const leastSilenceMs = 1_000;
const mostSilenceMs = 5_000;

/** How long an answer of the system may take. */
const answerMs = 500;

export function silenceBeforeAskingMs(timeoutMs: number): number {
  return Math.min(Math.max(timeoutMs / 2, leastSilenceMs), mostSilenceMs);
}

/** When to ask about a peer that is silent. */
export function asksAt({ silentSince = 0, silentFromBytes, bytesWritten }: SilentPeer, silenceMs: number): number {
  // Where the system took the last of what waited for it, it is not known what it still holds, and so asked soon.
  return silentSince + (silentFromBytes < bytesWritten ? silenceMs : leastSilenceMs);
}

export class Acknowledgement {
  readonly #socket: TransportSocket;
  readonly #peer: SilentPeer;
  readonly #timeoutMs: number;
  readonly #silenceMs: number;
  /** Which silence is looked at. */
  #silentSince: number | undefined;
  /** Since when nothing more was acknowledged. */
  #stuckSince = 0;
  #asksAt = 0;
  #isAsked = false;
  /** What had been written when the system told last. */
  #writtenBytes = 0;
  /** Up to where the peer has acknowledged; a guess until the system has told. */
  #acknowledgedBytes = 0;
  #isGuess = true;

  constructor(socket: TransportSocket, peer: SilentPeer, timeoutMs: number) {
    this.#socket = socket;
    this.#peer = peer;
    this.#timeoutMs = timeoutMs;
    this.#silenceMs = silenceBeforeAskingMs(timeoutMs);
  }

  /** When to look again; or that the peer has acknowledged nothing for too long. */
  look(now: number): number | 'overdue' {
    const { silentSince } = this.#peer;
    if (silentSince === undefined) return this.#settle();
    if (silentSince !== this.#silentSince) this.#begin(silentSince);
    if (now < this.#asksAt) return this.#asksAt;
    const heldBytes = this.#socket.unacknowledgedBytes();
    if (heldBytes === undefined) return this.#askAgain(now);
    this.#isAsked = false;
    const { bytesWritten } = this.#peer;
    if (heldBytes === 0 && bytesWritten === this.#writtenBytes) return this.#settle();
    this.#note(bytesWritten, heldBytes, now);
    const overdueAt = this.#stuckSince + this.#timeoutMs;
    if (now >= overdueAt) return 'overdue';
    // Twice: that nothing has moved between two looks is known, but not when something has.
    this.#asksAt = Math.max(now + answerMs, overdueAt - 2 * answerMs);
    return this.#asksAt;
  }

  #settle(): number {
    this.#silentSince = undefined;
    this.#peer.heard();
    return Number.POSITIVE_INFINITY;
  }

  #begin(silentSince: number): void {
    const { silentFromBytes, bytesWritten } = this.#peer;
    this.#silentSince = silentSince;
    this.#stuckSince = silentSince;
    this.#isGuess = true;
    this.#isAsked = false;
    this.#writtenBytes = bytesWritten;
    this.#acknowledgedBytes = silentFromBytes;
    this.#asksAt = asksAt(this.#peer, this.#silenceMs);
  }

  #askAgain(now: number): number {
    if (this.#isAsked) return this.#settle(); // not every system tells
    this.#isAsked = true;
    this.#asksAt = now + answerMs;
    return this.#asksAt;
  }

  #note(bytesWritten: number, heldBytes: number, now: number): void {
    const acknowledged = bytesWritten - heldBytes;
    // What was written since the system told counts as acknowledged, which must not pass for progress at each look.
    const hasMoved = this.#isGuess ? acknowledged !== this.#acknowledgedBytes : acknowledged > this.#acknowledgedBytes;
    if (hasMoved) {
      this.#acknowledgedBytes = acknowledged;
      this.#stuckSince = now;
    }
    this.#isGuess = false;
    this.#writtenBytes = bytesWritten;
  }
}
