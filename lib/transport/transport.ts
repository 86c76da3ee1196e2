/**
 * The contract of a transport: sockets that carry bytes both ways, and listeners that accept them.
 *
 * Everything above is written against this file, so that it runs over real TCP and over memory alike. It is made of
 * calls rather than Observables because it is the path of every chunk, and because a socket can be told to wait.
 */
import type { Address } from '../values/address.js';
import type { TcpError } from '../values/errors.js';

export interface Transport {
  /** How many connections at once this process has room for; asked when a server starts. */
  capacity(): number;
  /** Starts to listen. Nothing is called back before `listen` has returned. */
  listen(options: ListenOptions, events: ListenerEvents): Listener;
  /**
   * Starts to connect; `connected` is called once both ends are there. Nothing is called back before `connect` has
   * returned, and `open` must be called in the same turn.
   */
  connect(options: ConnectOptions, connected: () => void): TransportSocket;
}

export interface SocketOptions {
  /** Send small writes at once instead of waiting to fill a packet (TCP_NODELAY). */
  readonly noDelay: boolean;
  /** Probe a silent peer after that many milliseconds; Infinity: never. */
  readonly keepAliveMs: number;
}

export interface ListenOptions extends SocketOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly backlog: number;
}

export interface ConnectOptions extends SocketOptions {
  readonly host: string;
  readonly port: number;
}

export interface Listener {
  /** How many have come whom `accepted` is still to be told of, if it is not closed before. */
  readonly arriving: number;
  /** Accepts nobody from now on, and the port is free; sockets already accepted live on. Nothing is called back any more. */
  close(): void;
}

export interface ListenerEvents {
  listening(address: Address): void;
  /** A peer has come. `socket.open` must be called before this returns, or `socket.destroy`. */
  accepted(socket: TransportSocket): void;
  /** A peer came but was gone before it could be accepted. */
  lost(): void;
  /** Something is short or strange, and listening goes on. */
  warned(error: TcpError): void;
  /** Listening did not begin. */
  failed(error: TcpError): void;
}

export interface TransportSocket {
  readonly local: Address;
  readonly remote: Address;
  /** Bytes written that the system has not taken yet. It may take them in pieces, each of which shows here. */
  readonly queuedBytes: number;
  /** How many writes those are in memory. */
  readonly queuedWrites: number;
  /**
   * What the system has taken and the peer has not acknowledged, half a second ago or so. Undefined where the system does
   * not tell, and where it has not been asked of late: it is then, and a later call has the answer.
   */
  unacknowledgedBytes(): number | undefined;
  /** Delivers what happens to the socket to `events` from now on. */
  open(events: SocketEvents): void;
  /** Takes the bytes in any case; `queuedBytes` says whether to write more. After `end` or `destroy` they are dropped. */
  write(bytes: Uint8Array): void;
  /** Keeps what is written until `uncork`, which hands it to the system at once: one call for many small writes. */
  cork(): void;
  uncork(): void;
  /** Sends FIN behind what was written. Reading goes on. */
  end(): void;
  /** Stops the reading: no chunk comes. A reset is noticed all the same. */
  pause(): void;
  resume(): void;
  /** Closes both ways; the peer sees the end of the stream. Nothing but `closed` follows. */
  destroy(): void;
  /** Closes both ways; the peer sees a reset (RST), and nothing unsent lingers. Nothing but `closed` follows. */
  reset(): void;
}

export interface SocketEvents {
  chunk(chunk: Buffer): void;
  /** The peer's FIN: no chunk follows. A peer that has reset is never reported so. */
  peerEnded(): void;
  /** The system has taken all that was written, after a time in which it had not; or, after `end`, the FIN as well. */
  drained(): void;
  /** The connection broke. `closed` follows. */
  failed(error: TcpError): void;
  /** Both ways are closed and nothing is held any more. Nothing follows. */
  closed(): void;
}
