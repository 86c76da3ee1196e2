/** A network whose accepted sockets are watched, from where the contract of a transport lets anybody look. */
import type { Address, SocketEvents, Transport, TransportSocket } from '../../lib/index.js';

export interface Watcher {
  chunk(socket: WatchedSocket, bytes: number): void;
  paused(socket: WatchedSocket): void;
  resumed(socket: WatchedSocket): void;
}

export class WatchedSocket implements TransportSocket {
  readonly #socket: TransportSocket;
  readonly #watcher: Watcher;
  isPaused = false;
  isClosed = false;

  constructor(socket: TransportSocket, watcher: Watcher) {
    this.#socket = socket;
    this.#watcher = watcher;
  }

  get local(): Address | undefined {
    return this.#socket.local;
  }

  get remote(): Address {
    return this.#socket.remote;
  }

  get queuedBytes(): number {
    return this.#socket.queuedBytes;
  }

  get queuedWrites(): number {
    return this.#socket.queuedWrites;
  }

  unacknowledgedBytes(): number | undefined {
    return this.#socket.unacknowledgedBytes();
  }

  open(events: SocketEvents): void {
    this.#socket.open({
      connected: () => events.connected(),
      chunk: (chunk) => {
        this.#watcher.chunk(this, chunk.length);
        events.chunk(chunk);
      },
      peerEnded: () => events.peerEnded(),
      drained: () => events.drained(),
      failed: (error) => events.failed(error),
      closed: () => {
        this.isClosed = true;
        events.closed();
      },
    });
  }

  write(bytes: Uint8Array): void {
    this.#socket.write(bytes);
  }

  cork(): void {
    this.#socket.cork();
  }

  uncork(): void {
    this.#socket.uncork();
  }

  end(): void {
    this.#socket.end();
  }

  pause(): void {
    this.#watcher.paused(this);
    this.isPaused = true;
    this.#socket.pause();
  }

  resume(): void {
    this.#watcher.resumed(this);
    this.isPaused = false;
    this.#socket.resume();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  reset(): void {
    this.#socket.reset();
  }
}

export function watched(transport: Transport, watcher: Watcher): Transport {
  return {
    capacity: () => transport.capacity(),
    connect: (options) => transport.connect(options),
    listen: (options, events) =>
      transport.listen(options, {
        listening: (address) => events.listening(address),
        accepted: (socket) => events.accepted(new WatchedSocket(socket, watcher)),
        lost: () => events.lost(),
        warned: (error) => events.warned(error),
        failed: (error) => events.failed(error),
      }),
  };
}
