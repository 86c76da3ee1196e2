/** What a handler can see of its connection, and the window for what it holds. */
import type { Observable } from 'rxjs';
import type { TlsState } from '../transport/tls.js';
import type { Address } from '../values/address.js';
import type { TcpError } from '../values/errors.js';

/**
 * Counts what a handler holds between a chunk and its answer. Over `highWaterMarkBytes` reading from the peer pauses.
 *
 * Synchronous operators hold nothing. An asynchronous one has to hold each chunk until it is answered: `withBackpressure`
 * and `inOrder` do so.
 */
export interface FlowWindow {
  /** Counts an item of this many bytes, and 256 bytes for its overhead. */
  hold(bytes: number): void;
  /** Ends the count of an item of this many bytes. */
  release(bytes: number): void;
}

/** One connection, for its handler and in the server's events. */
export interface Connection extends FlowWindow {
  /** 1 for the server's first connection, 2 for its second. */
  readonly id: number;
  /** This end's address. */
  readonly local: Address;
  /** The peer's address: behind a proxy that sends the PROXY protocol, the one that it tells. */
  readonly remote: Address;
  /** The address of the proxy that the peer came through, where the PROXY protocol is on. */
  readonly proxy?: Address | undefined;
  /** What the two ends agreed on, where the connection is secured by TLS. */
  readonly tls?: TlsState | undefined;
  /** Whether no more will come from the peer: it has ended its side, or the connection is closed. */
  readonly hasEnded: boolean;
  /** Bytes read from the peer: those given to the handler, plus `bytesHeld` and `bytesDiscarded`. */
  readonly bytesRead: number;
  /** Bytes read that wait for the handler. */
  readonly bytesHeld: number;
  /** Bytes read that the handler never gets, because it has finished or the connection closed. */
  readonly bytesDiscarded: number;
  /** Bytes of replies that the kernel has accepted. */
  readonly bytesWritten: number;
  /** Bytes of replies that the kernel has not accepted: they are queued, or the connection closed first. */
  readonly bytesUnsent: number;
  /**
   * Whether the peer keeps up: false once more than 64 KiB of replies wait for the kernel, true once all of them are sent. Emits the
   * current state first, then each change, and completes when the connection closes. For producers that can wait, or may drop.
   */
  readonly writable$: Observable<boolean>;
}

/**
 * Why a connection closed.
 *
 * - `ended`: both sides ended in order, and all replies were sent
 * - `reset`: the peer or the network reset it
 * - `idle`: no data in either direction for `idleTimeoutMs`, while no reply was due
 * - `stalled`: the peer accepted or acknowledged none of its data for `writeTimeoutMs`
 * - `half-closed`: the peer did not end its side within `halfCloseTimeoutMs` after ours
 * - `overflow`: a reply came while more than `maxUnsentBytes` were waiting to be sent
 * - `lifetime`: it was open for `maxLifetimeMs`
 * - `failed`: the handler threw, or its replies errored
 * - `aborted`: the server was unsubscribed from, or `drainTimeoutMs` ran out
 */
export type CloseReason = 'ended' | 'reset' | 'failed' | 'aborted' | 'overflow' | LimitReason;

/** The reasons of a connection that a time limit closed: see `CloseReason`. */
export type LimitReason = 'idle' | 'stalled' | 'half-closed' | 'lifetime';

/** How a connection ended, and its counters then. Under TLS they count what it carries, without records and handshake. */
export interface Closing extends Pick<Connection, 'bytesRead' | 'bytesDiscarded' | 'bytesWritten' | 'bytesUnsent'> {
  readonly reason: CloseReason;
  /** What broke the connection or the handler: always there with the reasons `reset` and `failed`. */
  readonly error?: TcpError;
  /** How long the connection was open. */
  readonly durationMs: number;
}
