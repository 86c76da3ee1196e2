/** How a socket of Node's is made, read and written: the seam between the documented way and the fast one. */
import net from 'node:net';

/** What reads from a socket and writes to it. */
export interface SocketOwner {
  receive(chunk: Buffer): void;
  /** The kernel has taken all of the last write. */
  taken(): void;
}

/** Options of a new socket, those with the handle of an accepted connection included; or one that Node has accepted. */
export type SocketSource = net.SocketConstructorOpts | net.Socket;

export interface SocketIo {
  /** Makes the socket and hands its chunks to `owner`. */
  make(source: SocketSource, owner: SocketOwner): net.Socket;
  /**
   * Returns how many of the bytes the kernel has not taken. If any, `owner` is told once the kernel has them, or the socket
   * errors; nothing may be written meanwhile.
   */
  write(socket: net.Socket, bytes: Uint8Array, owner: SocketOwner): number;
  /** Writes nothing: no byte goes onto the wire, and the socket errors if its peer has reset. */
  probe(socket: net.Socket, alive?: () => void): void;
}

export const nothing = Buffer.alloc(0);

/** By Node's streams, as Node documents it. */
export const documentedIo: SocketIo = {
  make(source, owner) {
    const socket = source instanceof net.Socket ? source : new net.Socket(source);
    return socket.on('data', (chunk) => owner.receive(chunk));
  },
  write(socket, bytes, owner) {
    if (!socket.writable) return bytes.length;
    socket.write(bytes);
    const waiting = socket.writableLength;
    // 'drain' follows only writes above the high-water mark; an empty write behind the rest always calls back.
    if (waiting > 0) socket.write(nothing, (error) => error || owner.taken());
    return waiting;
  },
  probe(socket, alive) {
    if (socket.writable) socket.write(nothing, (error) => error || alive?.());
    else alive?.();
  },
};
