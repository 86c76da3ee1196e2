/**
 * The contract of a transport, the same over real TCP and in memory. It has calls and no Observables, because every
 * chunk takes this path and because a socket can be told to wait.
 */
import type { Address } from '../values/address.js';
import type { TcpError } from '../values/errors.js';
import type { TlsClientConfig, TlsServerConfig, TlsState } from './tls.js';

/** Listens and connects: what `memoryNetwork`, `nodeNetwork` and `wiretap` make, and what a server or client runs over. */
export interface Transport {
  /** How many connections at once this process has room for. A server asks when it starts. */
  capacity(): number;
  /** Starts to listen. Calls nothing back before it has returned. */
  listen(options: ListenOptions, events: ListenerEvents): Listener;
  /** Starts to connect. Calls nothing back before it has returned; `open` must be called in the same turn. */
  connect(options: ConnectOptions): TransportSocket;
}

/** What is set of each socket. */
export interface SocketOptions {
  /** Sends small writes at once instead of waiting to fill a packet (TCP_NODELAY). */
  readonly noDelay: boolean;
  /** Milliseconds without data until the kernel probes the peer; Infinity: never. */
  readonly keepAliveMs: number;
}

/** Where to listen, and what the accepted sockets are set to. */
export interface ListenOptions extends SocketOptions {
  readonly host: string;
  /** 0: any free port. Undefined where there is a path or a descriptor. */
  readonly port?: number | undefined;
  /** Of a Unix domain socket, in place of host and port. */
  readonly path?: string | undefined;
  /** The permissions of the file at `path`; undefined: as the process's umask says. */
  readonly pathMode?: number | undefined;
  /** The owner of the file at `path`. */
  readonly pathOwner?: { readonly uid: number; readonly gid: number } | undefined;
  /** A listening socket that the process inherited, in place of host and port. */
  readonly fd?: number | undefined;
  /** Takes no IPv4 connections on '::'. */
  readonly ipv6Only?: boolean | undefined;
  /** Shares the port with other processes that set this too. */
  readonly reusePort?: boolean | undefined;
  /** How many connections the kernel's accept queue holds. */
  readonly backlog: number;
  /** Given if the accepted sockets will be asked to `secure` themselves. */
  readonly tls?: TlsServerConfig | undefined;
}

/** Where to connect, and what the socket is set to. */
export interface ConnectOptions extends SocketOptions {
  readonly host: string;
  /** Undefined where there is a path. */
  readonly port?: number | undefined;
  /** Of a Unix domain socket, in place of host and port. */
  readonly path?: string | undefined;
  /** Given if the socket will be asked to `secure` itself. */
  readonly tls?: TlsClientConfig | undefined;
}

/** A port that is listened on. */
export interface Listener {
  /** Accepts what is in the accept queue; then closes the port and calls `done`. */
  stop(done: () => void): void;
  /** Closes the port now and resets what is in the accept queue. Accepted sockets live on; nothing is called back. */
  close(): void;
  /**
   * From now on sockets that `secure` themselves do so with these certificates; the ones before keep theirs.
   * Only of a transport that has TLS.
   * @throws TcpError ERR_TLS_CERTIFICATE where they cannot be used
   */
  renewTls?(tls: TlsServerConfig): void;
}

/** What a listener reports. */
export interface ListenerEvents {
  listening(address: Address): void;
  /** A connection has come. `socket.open`, `destroy` or `reset` must be called before this returns. */
  accepted(socket: TransportSocket): void;
  /** A connection came, but its peer was gone before it could be accepted. */
  lost(): void;
  /** A resource is short, and listening goes on. */
  warned(error: TcpError): void;
  /** Listening did not begin, or has ended though the owner did not close it. Nothing follows. */
  failed(error: TcpError): void;
}

/** One end of a connection, below the `Connection` that a handler sees. */
export interface TransportSocket {
  /** Undefined until the socket is connected, and during a TLS handshake. */
  readonly local: Address | undefined;
  readonly remote: Address;
  /** Bytes written that the kernel has not taken yet, piece by piece; of a socket that is closed, has not taken at all. */
  readonly queuedBytes: number;
  /** How many writes in memory those bytes are. */
  readonly queuedWrites: number;
  /**
   * Bytes that the kernel has taken and the peer has not acknowledged, as of the last second. Undefined where the
   * kernel does not tell, and where the figure is older: then this asks, and a call half a second later has the answer.
   */
  unacknowledgedBytes(): number | undefined;
  /** Once the socket has secured itself. */
  readonly tls?: TlsState | undefined;
  /** From now on what happens to the socket is reported to `events`; a second call changes them. */
  open(events: SocketEvents): void;
  /**
   * Begins a TLS handshake on a connected socket, as the `tls` of its listener or of `connect` says: `connected` follows once it is
   * complete. `received` is what was read already and belongs to the handshake. Only of a transport that has TLS.
   */
  secure?(received: Buffer): void;
  /** Takes the bytes in any case; `queuedBytes` tells whether to write more. After `end` or `destroy` it drops them. */
  write(bytes: Uint8Array): void;
  /** Keeps what is written until `uncork` hands it to the kernel: one system call for many small writes. */
  cork(): void;
  uncork(): void;
  /** Uncorks at the end of this turn of the loop, or at once where there is no loop, and reports `uncorked`. */
  uncorkLater(): void;
  /** Sends FIN behind what was written. Reading goes on. */
  end(): void;
  /** Stops reading: no chunk comes. A reset is noticed all the same. */
  pause(): void;
  resume(): void;
  /** Closes both directions; the peer sees the end of the stream. Only `closed` follows. */
  destroy(): void;
  /** Closes both directions; the peer sees a reset (RST), and what is unsent is dropped. Only `closed` follows. */
  reset(): void;
}

/** What a socket reports. */
export interface SocketEvents {
  /** Both ends are there and `local` is known: once of a socket that connects, and once more of one that has secured itself. */
  connected(): void;
  chunk(chunk: Buffer): void;
  /** The peer's FIN: no chunk follows. A reset is never reported so. */
  peerEnded(): void;
  /** What was written before `uncorkLater` was handed to the kernel; `queuedBytes` tells how much it did not take. */
  uncorked(): void;
  /** The kernel has taken all that was queued; or, after `end`, the FIN too. */
  drained(): void;
  /** The connection broke, or could not be made. `closed` follows. */
  failed(error: TcpError): void;
  /** Both directions are closed and nothing is held any more. Nothing follows. */
  closed(): void;
}
