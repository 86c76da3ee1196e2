/** How bytes get from a socket of Node's to the system. */
import type net from 'node:net';

export interface Writer {
  /**
   * Returns how many of the bytes the system has not taken. Where that is any, `owner` is told once it has taken them, or
   * never: then the socket has errored. Nothing may be written meanwhile.
   */
  write(socket: net.Socket, bytes: Uint8Array, owner: WriteOwner): number;
  /** Writes nothing, which puts no byte on the wire and fails if the peer has reset: then the socket errors. */
  probe(socket: net.Socket, alive?: () => void): void;
}

export interface WriteOwner {
  taken(): void;
}

export const nothing = Buffer.alloc(0);

/** By the stream, as Node documents it. */
export const streamWriter: Writer = {
  write(socket, bytes, owner) {
    if (!socket.writable) return bytes.length;
    socket.write(bytes);
    const waiting = socket.writableLength;
    // Node tells by 'drain' only of writes above its mark; an empty write behind the rest always tells.
    if (waiting > 0) socket.write(nothing, (error) => error ?? owner.taken());
    return waiting;
  },
  probe(socket, alive) {
    if (socket.writable) socket.write(nothing, (error) => error ?? alive?.());
    else alive?.();
  },
};
