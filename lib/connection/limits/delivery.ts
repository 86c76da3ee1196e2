/** Whether what was sent arrives. Nothing else tells of a peer that is gone without a word, or of one that does not read. */
import type { TransportSocket } from '../../transport/transport.js';

/** What was sent to a peer, and since when the peer owes a sign that it arrives. */
export interface Sent {
  /** Bytes that the kernel has taken. */
  readonly bytesWritten: number;
  /** Since when the peer has sent nothing, though something was written; undefined: it has, or it has acknowledged all. */
  readonly silentSince: number | undefined;
  /** How many bytes had been written before. */
  readonly silentFromBytes: number;
  /** A look has found something of it in the queue, or nothing. */
  queueSeen(isQueued: boolean): void;
  /** Nothing is owed until the next write, and nothing is looked at. */
  arrived(): void;
}

/** How long a peer is silent until the kernel is asked: its answer may be a second old, and costs a table of all connections. */
const leastSilenceMs = 1_000;
const mostSilenceMs = 5_000;

/** How long an answer of the kernel may take, and how often to look at what is queued. */
export const lookMs = 500;

/** How soon to look at what a write leaves queued: by then most of it is taken. */
export function queueLookMs(writeTimeoutMs: number): number {
  return Math.min(lookMs, writeTimeoutMs / 2);
}

/** Answers of the kernel are up to 1 s old and half a second apart, so growth may show this late. A shorter limit counts as this. */
function leastLimitMs(writeTimeoutMs: number): number {
  return queueLookMs(writeTimeoutMs) + 2.5 * lookMs;
}

export function silenceBeforeAskingMs(writeTimeoutMs: number): number {
  return Math.min(Math.max(writeTimeoutMs / 2, leastSilenceMs), mostSilenceMs);
}

/** Delivered is what was written less what the kernel holds. A peer for which that has not grown for the limit is stalled. */
export class Delivery {
  readonly #socket: TransportSocket;
  readonly #sent: Sent;
  readonly #writeTimeoutMs: number;
  readonly #limitMs: number;
  #silentSince: number | undefined;
  /** At the last look. */
  #wasQueued = false;
  /** When a queue was last to be looked at, and how many bytes had been written. */
  #watchedSince = 0;
  #watchedBytes: number | undefined;
  #grownAt = 0;
  #asksAt = 0;
  #isAsking = false;
  /** When the kernel must have answered, if it answers at all. */
  #answersBy = 0;
  /** As of the last growth or answer; -1: the next look finds growth. */
  #writtenBytes = -1;
  /** The most that an answer has shown since the last growth. */
  #deliveredBytes: number | undefined;

  constructor(socket: TransportSocket, sent: Sent, writeTimeoutMs: number) {
    this.#socket = socket;
    this.#sent = sent;
    this.#writeTimeoutMs = writeTimeoutMs;
    this.#limitMs = Math.max(writeTimeoutMs, leastLimitMs(writeTimeoutMs));
  }

  /** A write has left something queued. */
  watchQueue(now: number): void {
    this.#watchedSince = now;
    this.#watchedBytes = this.#sent.bytesWritten;
  }

  /** When to look again; Infinity: when something was written. */
  look(now: number): number | 'stalled' {
    const { bytesWritten, silentSince } = this.#sent;
    const isQueued = this.#socket.queuedBytes > 0;
    const isNewQueue = isQueued && !this.#wasQueued;
    this.#wasQueued = isQueued;
    this.#sent.queueSeen(isQueued);
    if (!isQueued && silentSince === undefined) return this.#arrive();
    if (!isQueued && silentSince !== this.#silentSince) this.#begin(silentSince as number);
    if (isNewQueue) this.#beginQueue(now);
    // The kernel takes more of a queue only once the peer has received some of what it holds.
    if (isQueued && bytesWritten > this.#writtenBytes) this.#grow(now, now + queueLookMs(this.#writeTimeoutMs));
    else if (now >= this.#asksAt && this.#ask(now, isQueued) === 'arrived') return this.#arrive();
    const stallsAt = Math.max(this.#grownAt + this.#limitMs, this.#answersBy);
    if (now >= stallsAt) return 'stalled';
    return isQueued ? Math.min(now + lookMs, stallsAt) : this.#asksAt;
  }

  #beginQueue(now: number): void {
    const isThatOfWatch = this.#sent.bytesWritten === this.#watchedBytes; // nothing of it was taken
    const since = isThatOfWatch ? this.#watchedSince : now;
    this.#grow(since, since + queueLookMs(this.#writeTimeoutMs));
  }

  #begin(silentSince: number): void {
    const { bytesWritten, silentFromBytes } = this.#sent;
    // How much the kernel holds of a queue that it has just emptied is not known, and so asked for soon.
    const silenceMs = silentFromBytes < bytesWritten ? silenceBeforeAskingMs(this.#writeTimeoutMs) : leastSilenceMs;
    this.#silentSince = silentSince;
    this.#grow(silentSince, silentSince + silenceMs);
  }

  #grow(now: number, asksAt: number): void {
    this.#grownAt = now;
    this.#asksAt = asksAt;
    this.#isAsking = false;
    this.#writtenBytes = this.#sent.bytesWritten;
    this.#deliveredBytes = undefined;
  }

  /** The kernel takes more only once a third of its buffer is free, which with a slow reader can take minutes. So it is asked. */
  #ask(now: number, isQueued: boolean): 'arrived' | 'under way' {
    const unacknowledgedBytes = this.#socket.unacknowledgedBytes();
    if (unacknowledgedBytes === undefined) {
      if (this.#isAsking && !isQueued) return 'arrived'; // not every system answers
      this.#asksAt = now + lookMs;
      if (!this.#isAsking) this.#answersBy = this.#asksAt;
      this.#isAsking = true;
      return 'under way';
    }
    const { bytesWritten, silentFromBytes } = this.#sent;
    if (unacknowledgedBytes === 0 && !isQueued && bytesWritten === this.#writtenBytes) return 'arrived';
    // What was written since the kernel answered counts as delivered, and must not look like growth each time.
    const deliveredBytes = bytesWritten - unacknowledgedBytes;
    const knownBytes = this.#deliveredBytes ?? (isQueued ? deliveredBytes : silentFromBytes);
    if (deliveredBytes > knownBytes) this.#grownAt = now;
    this.#deliveredBytes = Math.max(deliveredBytes, this.#deliveredBytes ?? deliveredBytes);
    this.#isAsking = false;
    this.#writtenBytes = bytesWritten;
    // Between two answers it is not known when something arrived, so the last ones are near the end.
    const nearEnd = this.#grownAt + this.#limitMs - 2 * lookMs;
    this.#asksAt = Math.max(now + (isQueued ? 0 : lookMs), Math.min(now + mostSilenceMs, nearEnd));
    return 'under way';
  }

  #arrive(): number {
    this.#silentSince = undefined;
    this.#sent.arrived();
    return Number.POSITIVE_INFINITY;
  }
}
