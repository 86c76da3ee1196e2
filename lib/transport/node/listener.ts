/** A listening socket of Node's, made to keep the transport contract. */
import { closeSync, openSync } from 'node:fs';
import net from 'node:net';
import { devNull } from 'node:os';
import { formatAddress, type TcpAddress } from '../../values/address.js';
import { systemError } from '../../values/errors.js';
import type { Listener, ListenerEvents, ListenOptions } from '../transport.js';
import { AcceptQueue } from './accept-queue.js';
import { networkDenied } from './net-permission.js';
import { portHolder } from './port-holder.js';
import { NodeSocket, nodeOptions } from './socket.js';
import { documentedIo, type SocketIo, type SocketSource } from './socket-io.js';

/** How often to look whether file descriptors are left, and so how often at most a shortage is reported. */
const shortageLookMs = 1_000;

/** How long a listener that stops accepts what is in the accept queue. */
const acceptQueueMs = 100;

export class NodeListener implements Listener {
  readonly #options: ListenOptions;
  readonly #io: SocketIo;
  readonly #events: ListenerEvents;
  readonly #server: net.Server;
  /** Empty where Node hands over the connections itself. */
  readonly #queue: AcceptQueue;
  /** Of each connection, if the listener is bound to one address: no connection need ask the kernel. */
  #local: TcpAddress | undefined;
  #shortageLook: NodeJS.Timeout | undefined;
  #accepted = 0;
  #isClosed = false;

  constructor(options: ListenOptions, io: SocketIo, events: ListenerEvents) {
    this.#options = options;
    this.#io = io;
    this.#events = events;
    this.#queue = new AcceptQueue(options.backlog, (handle) => this.#admit({ handle }, io));
    this.#server = net.createServer(nodeOptions(options));
    this.#server.on('connection', (socket) => this.#admit(socket, documentedIo));
    this.#server.on('listening', () => this.#listening());
    this.#server.on('error', (cause) => this.#failed(cause));
    const { host, port, backlog } = options;
    queueMicrotask(() => {
      if (this.#isClosed) return;
      const denied = networkDenied();
      if (denied) this.#failed(denied);
      else this.#server.listen({ host, port, backlog });
    });
  }

  /** A turn of the loop in which no connection comes shows that the kernel's accept queue is empty. */
  stop(done: () => void): void {
    const until = performance.now() + acceptQueueMs;
    const closeOnceQuiet = (acceptedBefore: number): void => {
      if (this.#isClosed) return;
      const isQuiet = this.#accepted === acceptedBefore && this.#queue.size === 0;
      if (!isQuiet && performance.now() < until) {
        setImmediate(closeOnceQuiet, this.#accepted);
        return;
      }
      this.#queue.admitNext(this.#queue.size);
      this.close();
      done();
    };
    setImmediate(closeOnceQuiet, Number.NaN); // what is in the queue now is seen by the turn behind this one
  }

  close(): void {
    this.#isClosed = true;
    clearInterval(this.#shortageLook);
    this.#queue.close();
    if (this.#server.listening) this.#server.close();
  }

  #listening(): void {
    const { address: host, port } = this.#server.address() as net.AddressInfo;
    if (host !== '0.0.0.0' && host !== '::') this.#local = { host, port };
    if (this.#isClosed) {
      this.#server.close(); // closed while the host name was looked up
      return;
    }
    if (this.#io !== documentedIo) this.#queue.takeFrom(this.#server, nodeOptions(this.#options));
    this.#shortageLook = setInterval(() => this.#reportFileShortage(), shortageLookMs).unref();
    this.#events.listening({ host, port });
  }

  #admit(source: SocketSource, io: SocketIo): void {
    this.#accepted += 1;
    const socket = NodeSocket.accepted(source, io, this.#local);
    if (socket === undefined) this.#events.lost();
    else this.#events.accepted(socket);
  }

  #failed(cause: NodeJS.ErrnoException): void {
    if (this.#server.listening) {
      this.#events.warned(systemError(cause, 'Could not accept a connection'));
    } else if (!this.#isClosed) {
      const hint = cause.code === 'EADDRINUSE' ? portHolder(this.#options.port) : '';
      this.#events.failed(systemError(cause, `Could not listen on ${formatAddress(this.#options)}`, hint));
    }
  }

  /** libuv accepts and closes connections for which there is no file descriptor, and tells nothing of it. */
  #reportFileShortage(): void {
    try {
      closeSync(openSync(devNull, 'r'));
    } catch (error) {
      const failure = systemError(error as NodeJS.ErrnoException, 'Connections that come now are lost');
      if (failure.code === 'ERR_TOO_MANY_FILES') this.#events.warned(failure);
    }
  }
}
