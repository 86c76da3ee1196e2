/** A network whose accepted sockets are watched, as far as the contract of a transport shows them. */
import type { Transport, TransportSocket } from '../../lib/index.js';
import { WrappedSocket, wrapSockets } from '../../lib/transport/wrap/wrapped-socket.js';

export interface Watcher {
  chunk(socket: WatchedSocket, bytes: number): void;
  paused(socket: WatchedSocket): void;
  resumed(socket: WatchedSocket): void;
}

export class WatchedSocket extends WrappedSocket {
  readonly #watcher: Watcher;
  isPaused = false;
  isClosed = false;

  constructor(socket: TransportSocket, watcher: Watcher) {
    super(socket);
    this.#watcher = watcher;
  }

  override chunk(chunk: Buffer): void {
    this.#watcher.chunk(this, chunk.length);
    super.chunk(chunk);
  }

  override closed(): void {
    this.isClosed = true;
    super.closed();
  }

  override pause(): void {
    this.#watcher.paused(this);
    this.isPaused = true;
    super.pause();
  }

  override resume(): void {
    this.#watcher.resumed(this);
    this.isPaused = false;
    super.resume();
  }
}

/** The sockets of clients are not watched. */
export function watched(transport: Transport, watcher: Watcher): Transport {
  const wrapped = wrapSockets(transport, (socket) => new WatchedSocket(socket, watcher));
  return { ...wrapped, connect: (options) => transport.connect(options) };
}
