/** How a socket of Node's is made, read and written: the seam between the documented way and the fast one. */
import net from 'node:net';
import { nothing } from '../../values/bytes.js';
import { reread } from './reread.js';

/** What reads from a socket and writes to it. */
export interface SocketOwner {
  receive(chunk: Buffer): void;
  /** The kernel has taken all of the last write. */
  taken(): void;
}

/** A socket that Node has accepted, the handle of one, or where to connect to. */
export type SocketSource = net.Socket | { readonly handle: object } | net.NetConnectOpts;

export interface SocketIo {
  /** Makes the socket and hands its chunks to `owner`. */
  make(source: SocketSource, owner: SocketOwner): net.Socket;
  /** Returns how many bytes the kernel has not taken. If any, write no more until `owner` is told, or the socket errors. */
  write(socket: net.Socket, bytes: Uint8Array, owner: SocketOwner): number;
  /** The same, with several writes, of so many bytes together, in one system call. */
  writeAll(socket: net.Socket, parts: readonly Uint8Array[], bytes: number, owner: SocketOwner): number;
  /** Writes nothing: no byte goes onto the wire, and the socket errors if its peer has reset. */
  probe(socket: net.Socket, alive?: () => void): void;
  /** Behind the peer's end, where nothing can be written: calls `ended`, or the socket errors if the end was a reset. */
  reread(socket: net.Socket, ended: () => void): void;
  /** The socket is closed. */
  closed?(owner: SocketOwner): void;
}

/** By Node's streams, as Node documents it. */
export const documentedIo: SocketIo = {
  make(source, owner) {
    const socket = source instanceof net.Socket ? source : net.connect(source as net.NetConnectOpts);
    return socket.on('data', (chunk) => owner.receive(chunk));
  },
  write(socket, bytes, owner) {
    if (!socket.writable) return bytes.length;
    socket.write(bytes);
    return awaitTaken(socket, owner);
  },
  writeAll(socket, parts, bytes, owner) {
    if (!socket.writable) return bytes;
    socket.cork();
    for (const part of parts) socket.write(part);
    socket.uncork();
    return awaitTaken(socket, owner);
  },
  probe(socket, alive) {
    if (socket.writable) writeNothing(socket, alive);
    else alive?.();
  },
  reread,
};

/**
 * For a socket of TLS over `plain`. Node takes each of its writes in a later turn, so an empty one behind it would be sent on its
 * own. Where a write of TLS itself has failed, it calls back no write any more and tells nothing of it: the probe goes to `plain`.
 */
export class SecuredIo implements SocketIo {
  readonly #plain: net.Socket;
  /** One for all writes. */
  #taken = (_?: Error | null): void => {};

  constructor(plain: net.Socket) {
    this.#plain = plain;
  }

  make(source: SocketSource, owner: SocketOwner): net.Socket {
    this.#taken = (error) => {
      if (!error) owner.taken();
    };
    return documentedIo.make(source, owner);
  }

  write(socket: net.Socket, bytes: Uint8Array): number {
    if (socket.writable) socket.write(bytes, this.#taken);
    return bytes.length;
  }

  writeAll(socket: net.Socket, parts: readonly Uint8Array[], bytes: number, owner: SocketOwner): number {
    return documentedIo.writeAll(socket, parts, bytes, owner);
  }

  probe(_: net.Socket, alive?: () => void): void {
    documentedIo.probe(this.#plain, alive);
  }

  /** Many peers reset behind close_notify, when all has arrived: the kernel does not tell that from a cut. */
  reread(_: net.Socket, ended: () => void): void {
    ended();
  }
}

/** 'drain' follows only writes above the high-water mark; an empty write behind the rest always calls back. */
function awaitTaken(socket: net.Socket, owner: SocketOwner): number {
  const waiting = socket.writableLength;
  if (waiting > 0) writeNothing(socket, () => owner.taken());
  return waiting;
}

function writeNothing(socket: net.Socket, done?: () => void): void {
  socket.write(nothing, (error) => {
    if (!error) done?.();
  });
}
