/** Takes connections from the kernel before they are served, so that the kernel's accept queue does not overflow. */
import type net from 'node:net';
import Queue from 'yocto-queue';
import type { nodeOptions } from './socket-options.js';

/** What a TCP handle of Node's can do. Node does not document it, so it is looked at before it is used. */
interface Handle {
  setNoDelay?(on: boolean): number;
  setKeepAlive?(on: boolean, initialDelayS: number): number;
  close(): void;
}

interface ListeningHandle extends Handle {
  onconnection?: (this: ListeningHandle, error: number, accepted: Handle | undefined) => void;
  readonly useUserBuffer?: unknown;
}

/** How many are admitted in a turn of the loop in which none comes: few, so that the next to come is soon taken. */
const admittedAtOnce = 16;

/** While connections come they are only taken: a peer that finds the kernel's queue full waits a second (RFC 6298). */
export class AcceptQueue {
  readonly #mostWaiting: number;
  readonly #admit: (handle: Handle) => void;
  readonly #waiting = new Queue<Handle>();
  #cameInThisTurn = false;

  constructor(mostWaiting: number, admit: (handle: Handle) => void) {
    this.#mostWaiting = mostWaiting;
    this.#admit = admit;
  }

  /** Takes the server's connections in place of its 'connection' listeners, if Node's handles are as expected. */
  takeFrom(server: net.Server, options: ReturnType<typeof nodeOptions>): void {
    const { _handle: listener } = server as net.Server & { readonly _handle?: ListeningHandle | null };
    const nodesOwn = listener?.onconnection;
    if (!listener || nodesOwn === undefined || listener.useUserBuffer === undefined) return;
    if (areInherited) setOptions(listener, options);
    listener.onconnection = (error, handle) => {
      if (handle === undefined) {
        nodesOwn.call(listener, error, handle);
        return;
      }
      if (!areInherited) setOptions(handle, options);
      if (this.#waiting.size === 0) setImmediate(() => this.#admitSome());
      this.#waiting.enqueue(handle);
      this.#cameInThisTurn = true;
    };
  }

  get size(): number {
    return this.#waiting.size;
  }
  admitNext(count: number): void {
    for (let left = count; left > 0 && this.#waiting.size > 0; left--) this.#admit(this.#waiting.dequeue() as Handle);
  }
  close(): void {
    for (const handle of this.#waiting.drain()) handle.close();
  }

  #admitSome(): void {
    const count = this.#cameInThisTurn ? this.#waiting.size - this.#mostWaiting : admittedAtOnce;
    this.#cameInThisTurn = false;
    this.admitNext(count);
    if (this.#waiting.size > 0) setImmediate(() => this.#admitSome());
  }
}

/** Sockets on Linux inherit the options of the socket that accepts them: up to five system calls less for each. */
const areInherited = process.platform === 'linux';

function setOptions(handle: Handle, options: ReturnType<typeof nodeOptions>): void {
  handle.setNoDelay?.(options.noDelay);
  if (options.keepAlive) handle.setKeepAlive?.(true, Math.floor(options.keepAliveInitialDelay / 1_000));
}
