/** A listening socket of Node's, made to keep the transport contract. */
import { closeSync, openSync } from 'node:fs';
import net from 'node:net';
import { devNull } from 'node:os';
import { type Address, addressOf, formatAddress } from '../../values/address.js';
import { TcpError } from '../../values/errors.js';
import type { TlsServerConfig } from '../tls.js';
import type { Listener, ListenerEvents, ListenOptions } from '../transport.js';
import { AcceptQueue } from './accept-queue.js';
import { networkDenied } from './net-permission.js';
import { portHolder } from './port-holder.js';
import { SecurableSocket } from './securable-socket.js';
import { NodeSocket } from './socket.js';
import { documentedIo, type SocketIo, type SocketSource } from './socket-io.js';
import { nodeOptions } from './socket-options.js';
import { systemError } from './system-error.js';
import { TlsServerSide } from './tls.js';
import { badPath, isAbstract, pathHint, removeStale, setPermissions, truePathError, withMode } from './unix-path.js';

/** How often to look whether file descriptors are left, and so how often at most a shortage is reported. */
const shortageLookMs = 1_000;

export class NodeListener implements Listener {
  readonly #options: ListenOptions;
  readonly #io: SocketIo;
  readonly #events: ListenerEvents;
  readonly #server: net.Server;
  /** Empty where Node hands over the connections itself. */
  readonly #queue: AcceptQueue;
  /** Of each connection, if the listener is bound to one address: no connection need ask the kernel. */
  #local: Address | undefined;
  #tls: TlsServerSide | undefined;
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
    queueMicrotask(() => this.#listen());
  }

  /**
   * A turn of the loop in which no connection comes shows that the kernel's accept queue is empty, and what the last ones have sent is
   * read in it. The queue holds no more than the backlog: once so many have come, those that were in it are accepted, and the port
   * closes although more may come.
   */
  stop(done: () => void): void {
    const most = this.#accepted + this.#queue.size + this.#options.backlog;
    const closeOnceQuiet = (acceptedBefore: number): void => {
      if (this.#isClosed) return;
      const isQuiet = this.#accepted === acceptedBefore && this.#queue.size === 0;
      if (!isQuiet && this.#accepted + this.#queue.size <= most) {
        setImmediate(closeOnceQuiet, this.#accepted);
        return;
      }
      this.#queue.admitNext(this.#queue.size);
      this.close();
      if (isQuiet) done();
      else setImmediate(done); // behind a turn in which what they have sent is read
    };
    setImmediate(closeOnceQuiet, Number.NaN); // what is in the queue now is seen by the turn behind this one
  }

  close(): void {
    this.#isClosed = true;
    clearInterval(this.#shortageLook);
    this.#queue.close();
    this.#server.close();
  }

  renewTls(tls: TlsServerConfig): void {
    this.#tls = new TlsServerSide(tls);
  }

  #listen(): void {
    if (this.#isClosed) return;
    const { host, port, path, fd, backlog, ipv6Only, reusePort, tls } = this.#options;
    try {
      const denied = networkDenied() ?? badPath(path);
      if (denied) throw denied;
      if (reusePort && !hasReusePort) throw noReusePort;
      if (tls) this.renewTls(tls);
      const tcp = { host, port, ipv6Only, ...(reusePort && { reusePort }) };
      const place = fd !== undefined ? { fd } : path !== undefined ? { path } : tcp;
      withMode(this.#options, () => this.#server.listen({ ...place, backlog }));
      if (this.#server.listening) setPermissions(this.#options); // in this turn, in which no peer is accepted
    } catch (error) {
      this.close();
      this.#events.failed(error instanceof TcpError ? error : this.#listenError(error as NodeJS.ErrnoException));
    }
  }

  #listening(): void {
    const bound = this.#server.address();
    const { path = '' } = this.#options;
    // Node does not tell the path of an inherited Unix socket.
    const address = typeof bound === 'object' && bound ? { host: bound.address, port: bound.port } : { path };
    const isWildcard = address.host === '0.0.0.0' || address.host === '::';
    if (!isWildcard) this.#local = address;
    if (this.#io !== documentedIo) this.#queue.takeFrom(this.#server, nodeOptions(this.#options));
    this.#shortageLook = setInterval(() => this.#reportFileShortage(), shortageLookMs).unref();
    this.#events.listening(address);
  }

  #admit(source: SocketSource, io: SocketIo): void {
    this.#accepted += 1;
    const socket = NodeSocket.accepted(source, io, this.#local);
    if (socket === undefined) this.#events.lost();
    else this.#events.accepted(this.#tls === undefined ? socket : new SecurableSocket(socket, this.#tls));
  }

  #failed(cause: NodeJS.ErrnoException): void {
    const { path } = this.#options;
    if (this.#server.listening) {
      this.#events.warned(systemError(cause, 'Could not accept a connection'));
    } else if (cause.code === 'EADDRINUSE' && path !== undefined && !isAbstract(path)) {
      removeStale(path, (isRemoved, problem = cause) => {
        if (isRemoved) this.#listen();
        else if (!this.#isClosed) this.#events.failed(this.#listenError(problem));
      });
    } else if (!this.#isClosed) {
      this.#events.failed(this.#listenError(cause));
    }
  }

  #listenError(cause: NodeJS.ErrnoException): TcpError {
    const { port = 0, path, fd } = this.#options;
    if (fd !== undefined) return systemError(cause, `Could not listen on descriptor ${fd}`, '', 'descriptor');
    const what = `Could not listen on ${formatAddress(addressOf(this.#options))}`;
    if (path !== undefined) return systemError(truePathError(path, cause), what, pathHint(path, cause.code), 'path');
    return systemError(cause, what, cause.code === 'EADDRINUSE' ? portHolder(port) : '');
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

/** Since Node 22.12 and 23.1. */
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
const hasReusePort = major > 23 || (major === 23 && minor >= 1) || (major === 22 && minor >= 12);
const noReusePort = new TcpError(
  'ERR_NOT_SUPPORTED',
  `Node ${process.versions.node} cannot share a port: \`reusePort\` needs Node 22.12 or later, and not 23.0`,
);
