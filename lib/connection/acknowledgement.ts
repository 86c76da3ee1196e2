/** Has the peer acknowledged what the system took for it? Nothing else tells of a peer that is gone without a word. */
import type { TransportSocket } from '../transport/transport.js';

/**
 * How long a peer may say nothing after a write until the system is asked. What it tells may be a second old, so no less than
 * that; and to ask is to read a table of all connections, so 5 s where the limit allows it.
 */
const leastSilenceMs = 1_000;
const mostSilenceMs = 5_000;

/** How long an answer of the system may take. */
const answerMs = 500;

export class Acknowledgement {
  readonly #socket: TransportSocket;
  readonly #timeoutMs: number;
  #isAwaited = false;
  /** Since when nothing more was acknowledged. */
  #since = 0;
  #asksAt = 0;
  #isAsked = false;
  /** What had been written when the system told last. */
  #writtenBytes = 0;
  /** Up to where the peer has acknowledged; a guess until the system has told. */
  #acknowledgedBytes = 0;
  #isGuess = true;

  constructor(socket: TransportSocket, timeoutMs: number) {
    this.#socket = socket;
    this.#timeoutMs = timeoutMs;
  }

  get isAwaited(): boolean {
    return this.#isAwaited;
  }

  /** The system has taken a write, the last of so many bytes; what came before it is taken for acknowledged. Returns when to look. */
  await(writtenBytes: number, lastBytes: number, now: number): number {
    const silenceMs = Math.min(Math.max(this.#timeoutMs / 2, leastSilenceMs), mostSilenceMs);
    return this.#start(writtenBytes, writtenBytes - lastBytes, now, silenceMs);
  }

  /** The system has taken the last of what waited; how much it holds it is soon to tell. Returns when to look. */
  awaitRest(writtenBytes: number, now: number): number {
    return this.#start(writtenBytes, writtenBytes, now, leastSilenceMs);
  }

  #start(writtenBytes: number, acknowledgedBytes: number, now: number, silenceMs: number): number {
    this.#isAwaited = true;
    this.#isGuess = true;
    this.#isAsked = false;
    this.#since = now;
    this.#writtenBytes = writtenBytes;
    this.#acknowledgedBytes = acknowledgedBytes;
    this.#asksAt = now + silenceMs;
    return this.#asksAt;
  }

  /** The peer has said something, so it is there. If it does not read, the system will run out of room for it. */
  heard(): void {
    this.#isAwaited = false;
  }

  /** When to look again; or that it has been awaited for too long. */
  look(writtenBytes: number, now: number): number | 'overdue' {
    if (!this.#isAwaited) return Number.POSITIVE_INFINITY;
    if (now < this.#asksAt) return this.#asksAt;
    const heldBytes = this.#socket.systemBytes();
    if (heldBytes === undefined) return this.#askAgain(now);
    this.#isAsked = false;
    this.#note(writtenBytes, heldBytes, now);
    if (!this.#isAwaited) return Number.POSITIVE_INFINITY;
    const overdueAt = this.#since + this.#timeoutMs;
    if (now >= overdueAt) return 'overdue';
    // Twice: that nothing has moved between two looks is known, but not when something has.
    this.#asksAt = Math.max(now + answerMs, overdueAt - 2 * answerMs);
    return this.#asksAt;
  }

  #askAgain(now: number): number {
    this.#isAwaited = !this.#isAsked; // not every system tells
    this.#isAsked = true;
    this.#asksAt = now + answerMs;
    return this.#isAwaited ? this.#asksAt : Number.POSITIVE_INFINITY;
  }

  #note(writtenBytes: number, heldBytes: number, now: number): void {
    const acknowledged = writtenBytes - heldBytes;
    // What was written since the system told counts as acknowledged, which must not pass for progress at each look.
    const hasMoved = this.#isGuess ? acknowledged !== this.#acknowledgedBytes : acknowledged > this.#acknowledgedBytes;
    if (hasMoved) {
      this.#acknowledgedBytes = acknowledged;
      this.#since = now;
    }
    this.#isGuess = false;
    if (heldBytes === 0 && writtenBytes === this.#writtenBytes) this.#isAwaited = false;
    this.#writtenBytes = writtenBytes;
  }
}
