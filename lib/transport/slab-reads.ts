/**
 * Reads into one slab for all sockets, from which each chunk is copied: Node otherwise allocates 64 KiB for every read.
 *
 * Node offers that (`onread`) for sockets that connect. Those that a server accepts are made here as `net` makes them, but
 * with that option, which leans on what Node 20 to 26 have and do not document: a listening server's `_handle` calls its
 * `onconnection` with the handle of each connection, for the option `handle` of a socket.
 */
import net from 'node:net';

/** As much as libuv reads at once. What is in it is gone with the next read of any socket. */
const slab = Buffer.allocUnsafeSlow(65_536);

/** The start of the slab, as long as the last read: the next one is often as long. */
let read = new Uint8Array(slab.buffer, 0, 0);

/** The option `onread` of a socket. */
export function intoSlab(deliver: (chunk: Buffer) => void): net.OnReadOpts {
  return {
    buffer: slab,
    callback(bytes) {
      const chunk = Buffer.allocUnsafe(bytes);
      if (read.length !== bytes) read = new Uint8Array(slab.buffer, 0, bytes);
      chunk.set(read); // Buffer.copy makes such a view each time, which takes longer than the copying
      deliver(chunk);
      return true; // go on reading
    },
  };
}

interface Handle {
  onconnection?: (this: Handle, error: number, accepted: Handle | undefined) => void;
  readonly useUserBuffer?: unknown;
}

type SocketOptions = net.SocketConstructorOpts & Pick<net.TcpSocketConnectOpts, 'onread'>;

/** Makes a socket of an accepted connection. */
export type MakeSocket = (options: SocketOptions) => net.Socket;

/**
 * From now on `accepted` is given the connections of a listening server, and its 'connection' listeners are not; where
 * anything is not as expected, all stays as it is.
 */
export function takeConnections(server: net.Server, accepted: (make: MakeSocket) => void): void {
  const { _handle: listener } = server as net.Server & { readonly _handle?: Handle };
  const nodesOwn = listener?.onconnection;
  if (listener === undefined || nodesOwn === undefined || listener.useUserBuffer === undefined) return;
  listener.onconnection = (error, handle) => {
    if (handle === undefined) nodesOwn.call(listener, error, handle);
    else accepted((options) => new net.Socket({ ...options, handle } as SocketOptions));
  };
}
