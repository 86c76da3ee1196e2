/**
 * The model: what a server that answers each chunk with itself after a delay owes each of its clients, and when.
 *
 * Nothing here runs; all follows from what was done and when. What is done happens at multiples of `tickMs`; no reply is due
 * then, and no grace spent, so that the order of events is always defined.
 */

import type { CloseReason } from '../../lib/index.js';

export const tickMs = 10;

export interface ModelConfig {
  /** A multiple of `tickMs`. */
  readonly latencyMs: number;
  /** 3 ms more than one. */
  readonly delayMs: number;
  /** 5 ms more than one. */
  readonly drainTimeoutMs: number;
}

export interface Closed {
  readonly at: number;
  readonly reason: CloseReason;
  readonly bytesRead: number;
  readonly bytesDiscarded: number;
}

const never = Number.POSITIVE_INFINITY;

export class ServerModel {
  readonly clients: ClientModel[] = [];
  readonly config: ModelConfig;
  now: number;
  stoppedAt = never;

  constructor(config: ModelConfig, now: number) {
    this.config = config;
    this.now = now;
  }

  get abortsAt(): number {
    return this.stoppedAt + this.config.drainTimeoutMs;
  }

  connect(): void {
    this.clients.push(new ClientModel(this, this.now));
  }

  get completedAt(): number {
    const ends = this.clients.filter((client) => client.isAccepted).map((client) => client.closed.at);
    return Math.max(this.stoppedAt, ...ends);
  }
}

interface Sent {
  readonly text: string;
  /** When the server reads it. */
  readonly readAt: number;
  readonly isAnswered: () => boolean;
}

export class ClientModel {
  readonly #server: ServerModel;
  readonly #connectedAt: number;
  readonly #wasStopped: boolean;
  readonly #sent: Sent[] = [];
  endedAt = never;
  resetAt = never;
  /** Since when it has been reading. */
  readsSince = 0;
  /** How much it has been seen to have. */
  had = 0;

  constructor(server: ServerModel, now: number) {
    this.#server = server;
    this.#connectedAt = now + server.config.latencyMs;
    this.#wasStopped = server.stoppedAt !== never;
  }

  get isReading(): boolean {
    return this.readsSince !== never;
  }

  get canSend(): boolean {
    return this.endedAt === never && this.resetAt === never;
  }

  get isAccepted(): boolean {
    return !this.#wasStopped && this.#connectedAt <= this.#server.stoppedAt && this.#connectedAt <= this.resetAt;
  }

  /** Whether a connection of this client has been opened by now. */
  get isOpened(): boolean {
    return this.isAccepted && this.#connectedAt <= this.#server.now;
  }

  send(text: string): void {
    const server = this.#server;
    const afterStop = server.stoppedAt !== never;
    const readAt = this.#reads(server.now);
    this.#sent.push({ text, readAt, isAnswered: () => this.isAccepted && !afterStop && readAt <= server.stoppedAt });
  }

  /** When the server notices what is done then: not before it has accepted. */
  #reads(doneAt: number): number {
    return Math.max(doneAt, this.#connectedAt) + this.#server.config.latencyMs;
  }

  get #answered(): Sent[] {
    return this.#sent.filter((sent) => sent.isAnswered());
  }

  /** When the server has sent its last reply, and FIN after it. */
  get #finAt(): number {
    const readsNoMoreAt = Math.min(this.#reads(this.endedAt), this.#server.stoppedAt);
    return Math.max(readsNoMoreAt, ...this.#answered.map(({ readAt }) => readAt + this.#server.config.delayMs));
  }

  get closed(): Closed {
    const { abortsAt, config } = this.#server;
    const bothEndedAt = Math.max(this.#reads(this.endedAt), this.#finAt);
    const resetAt = this.#reads(this.resetAt);
    const endedAt = bothEndedAt + config.latencyMs;
    const reads = (until: number) => this.#sent.filter(({ readAt }) => readAt <= until);
    const closed = (at: number, lastReadAt: number, reason: CloseReason): Closed => {
      const bytesRead = bytesOf(reads(lastReadAt));
      return { at, reason, bytesRead, bytesDiscarded: bytesRead - bytesOf(reads(lastReadAt).filter(isAnswered)) };
    };
    if (abortsAt < Math.min(endedAt, resetAt) || (abortsAt < endedAt && bothEndedAt <= resetAt)) {
      return closed(Math.min(abortsAt + config.latencyMs, endedAt), abortsAt, 'aborted');
    }
    if (bothEndedAt <= resetAt) return closed(endedAt, bothEndedAt, 'ended');
    return closed(resetAt, resetAt, 'reset');
  }

  /** All that may have come back by now: not a byte before its time, nor after the end. */
  get mayHave(): string {
    const { now, abortsAt, config } = this.#server;
    const until = Math.min(now, this.resetAt);
    const came = this.#answered.filter(({ readAt }) => {
      const writtenAt = readAt + config.delayMs;
      return writtenAt + config.latencyMs <= until && writtenAt < abortsAt;
    });
    return came.map(({ text }) => text).join('');
  }

  /** How much must have come back by now. */
  get mustHave(): number {
    return this.#readsAll ? this.mayHave.length : this.had;
  }

  /** Whether all that has arrived must have been read: news of a resumed reader takes as long as bytes do. */
  get #readsAll(): boolean {
    const { now, abortsAt, config } = this.#server;
    return this.readsSince + config.latencyMs <= now && this.resetAt === never && now < abortsAt;
  }

  /** Whether it must, or must not, have seen the end of the server's side by now. */
  get seesEnd(): boolean | 'either' {
    const { now, abortsAt, config } = this.#server;
    if (!this.isAccepted || this.resetAt !== never || now >= abortsAt) return 'either';
    if (this.#finAt + config.latencyMs > now) return false;
    return this.#readsAll || 'either';
  }
}

const isAnswered = (sent: Sent): boolean => sent.isAnswered();

const bytesOf = (sent: readonly Sent[]): number => sent.reduce((sum, { text }) => sum + text.length, 0);
