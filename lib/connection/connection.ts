/** What a handler may know of the peer that it talks to, and the window that the two share. */
import type { Address } from '../values/address.js';
import type { TcpError } from '../values/errors.js';

/**
 * Counts what is between reading a chunk and sending its answer, and stops the reading while that is too much.
 *
 * Synchronous operators need no window: what they take is settled when `next` returns. One that keeps a chunk for later
 * enters it and lets it leave once it is answered, which `withBackpressure` and `inOrder` do by themselves.
 */
export interface FlowWindow {
  /** An item of that many bytes is held. Counts 256 bytes more, for what holding an item costs. */
  hold(bytes: number): void;
  /** An item of that many bytes is held no longer. */
  release(bytes: number): void;
}

export interface Connection extends FlowWindow {
  /** 1 for the server's first connection, 2 for its second. */
  readonly id: number;
  readonly local: Address;
  readonly remote: Address;
  /** Bytes read from the peer so far: those that its handler was given, plus `bytesHeld` and `bytesDiscarded`. */
  readonly bytesRead: number;
  /** Read, and waiting to be given to the handler. */
  readonly bytesHeld: number;
  /** Read, and given to nobody: the handler was done, or the connection closed. */
  readonly bytesDiscarded: number;
  /** Bytes of replies that the system has taken so far. */
  readonly bytesWritten: number;
  /** The other bytes of replies: they wait for the system, or it was too late to send them. */
  readonly bytesUnsent: number;
}

/**
 * Why a connection closed.
 *
 * - `ended`: both sides had said all they had to say
 * - `reset`: the peer or the network broke it off
 * - `idle`: the peer said nothing for `idleTimeoutMs`
 * - `stalled`: the peer took nothing of what it was sent for `writeTimeoutMs`
 * - `half-closed`: the peer did not end its side within `halfCloseTimeoutMs` of the end of ours
 * - `lifetime`: it lived for `maxLifetimeMs`
 * - `failed`: the handler threw or errored
 * - `aborted`: the server was unsubscribed from, or the grace of its draining was spent
 */
export type CloseReason = 'ended' | 'reset' | 'failed' | 'aborted' | LimitReason;

export type LimitReason = 'idle' | 'stalled' | 'half-closed' | 'lifetime';

/** How a connection ended. */
export interface Closing {
  readonly reason: CloseReason;
  /** What broke the connection or the handler; absent where a reason says it all. */
  readonly error?: TcpError;
  readonly durationMs: number;
}
