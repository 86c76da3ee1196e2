/** The real network: the transport contract over Node's `net`. */
import net from 'node:net';
import { type Address, formatAddress } from '../values/address.js';
import { systemError } from '../values/errors.js';
import { openFileLimit } from './open-file-limit.js';
import { portHolder } from './port-holder.js';
import type {
  ConnectOptions,
  Listener,
  ListenerEvents,
  ListenOptions,
  Socket,
  SocketEvents,
  SocketOptions,
  Transport,
} from './transport.js';

/** What the process needs besides its connections: 22 to 25 descriptors when it idles (measured), and its files. */
const reservedFiles = 64;

/** TCP as the system has it. Its capacity is what the process's file limit leaves. */
export function nodeNetwork(): Transport {
  return { capacity: () => Math.max(1, openFileLimit() - reservedFiles), listen, connect };
}

/** A socket's own buffers need not be larger than what one read brings. */
const maxBufferBytes = 65_536;

/** How often a peer that has ended its side is asked whether it is still there: a dead one is let go within a second. */
const probeEveryMs = 500;

const nothing = Buffer.alloc(0);

function listen(options: ListenOptions, events: ListenerEvents): Listener {
  const { host, port, backlog } = options;
  const server = net.createServer(nodeOptions(options));
  let closed = false;
  server.on('connection', (socket) => {
    const accepted = new NodeSocket(socket);
    if (socket.remoteAddress !== undefined) return events.accepted(accepted);
    accepted.destroy();
    events.lost();
  });
  server.on('listening', () => {
    if (closed)
      server.close(); // while the host's name was looked up
    else events.listening(listenAddress(server));
  });
  server.on('error', (cause: NodeJS.ErrnoException) => {
    if (server.listening) return events.lost(systemError(cause, 'Could not accept a connection'));
    const hint = cause.code === 'EADDRINUSE' ? portHolder(port) : '';
    if (!closed) events.failed(systemError(cause, `Could not listen on ${formatAddress({ host, port })}`, hint));
  });
  server.listen({ host, port, backlog });
  return {
    close() {
      closed = true;
      if (server.listening) server.close();
    },
  };
}

function listenAddress(server: net.Server): Address {
  const { address, port } = server.address() as net.AddressInfo;
  return { host: address, port };
}

function connect(options: ConnectOptions, connected: () => void): Socket {
  const { host, port } = options;
  const socket = net.connect({ host, port, ...nodeOptions(options) });
  const connecting = new NodeSocket(socket, `Could not connect to ${formatAddress({ host, port })}`);
  socket.once('connect', () => {
    // Asked for a port of its own range that nobody listens on, the system may connect a socket to itself.
    if (socket.localPort === socket.remotePort && socket.localAddress === socket.remoteAddress) {
      socket.destroy(Object.assign(new Error('connected to itself'), { code: 'ECONNREFUSED' }));
    } else {
      connecting.connected();
      connected();
    }
  });
  return connecting;
}

function nodeOptions({ noDelay, keepAliveMs, highWaterMarkBytes }: SocketOptions) {
  const keepAlive = keepAliveMs !== Number.POSITIVE_INFINITY;
  return {
    allowHalfOpen: true,
    noDelay,
    keepAlive,
    keepAliveInitialDelay: keepAlive ? keepAliveMs : 0,
    highWaterMark: Math.min(highWaterMarkBytes, maxBufferBytes),
  };
}

const owner = Symbol('owner');

class NodeSocket implements Socket {
  readonly #socket: net.Socket;
  /** What failed, if it breaks. */
  #failure: string | undefined;
  events: SocketEvents | undefined;
  #local: Address | undefined;
  #remote: Address | undefined;
  #awaitsDrain = false;

  constructor(socket: net.Socket, failure?: string) {
    this.#socket = socket;
    this.#failure = failure;
    (socket as OwnedSocket)[owner] = this;
    socket.on('error', onError); // an 'error' that nobody listens for ends the process, and it may come before `open`
  }

  connected(): void {
    this.#failure = undefined;
  }

  get local(): Address {
    this.#local ??= { host: this.#socket.localAddress ?? '', port: this.#socket.localPort ?? 0 };
    return this.#local;
  }

  get remote(): Address {
    this.#remote ??= { host: this.#socket.remoteAddress ?? '', port: this.#socket.remotePort ?? 0 };
    return this.#remote;
  }

  get queuedBytes(): number {
    return this.#socket.writableLength;
  }

  open(events: SocketEvents): void {
    this.events = events;
    this.#socket.on('close', onClose).on('end', onEnd).on('data', onData);
  }

  write(bytes: Uint8Array): void {
    if (!this.#socket.writable) return;
    this.#socket.write(bytes);
    if (this.#socket.writableLength > 0) this.#awaitDrain();
  }

  end(): void {
    if (this.#socket.writable) this.#socket.end((error?: Error | null) => error ?? this.events?.drained());
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  reset(): void {
    if (this.#socket.connecting || this.#isShuttingDown()) this.#socket.destroy();
    else this.#socket.resetAndDestroy();
  }

  /** In the turn in which FIN goes out libuv refuses a reset (uv_tcp_close_reset: EINVAL), and Node then never closes. */
  #isShuttingDown(): boolean {
    const { writableEnded, writableFinished, writableLength } = this.#socket;
    return writableEnded && !writableFinished && writableLength === 0;
  }

  /** Asks the system whether the peer is still there; a reset comes back as an 'error'. */
  probe(alive?: () => void): void {
    if (this.#socket.writable) this.#socket.write(nothing, (error) => error ?? alive?.());
  }

  fail(error: NodeJS.ErrnoException): void {
    const failure = this.#failure ?? `Lost the connection to ${formatAddress(this.remote)}`;
    this.events?.failed(systemError(error, failure));
  }

  /**
   * On Node 20 and 22 a reset behind data is reported as the peer's end, and after a real end nothing is read that could
   * report a reset. An empty write puts no byte on the wire and fails if the peer has reset. With a write under way there
   * is no need, for that one will fail.
   */
  peerEnded(): void {
    if (!this.#socket.writable) return;
    startProbing(this);
    if (this.#socket.writableLength > 0) this.events?.peerEnded();
    else this.probe(() => this.events?.peerEnded());
  }

  /** Node's own 'drain' comes only after a write above the high-water mark; an empty write behind the rest always tells. */
  #awaitDrain(): void {
    if (this.#awaitsDrain) return;
    this.#awaitsDrain = true;
    this.#socket.write(nothing, (error) => {
      this.#awaitsDrain = false;
      if (error) return;
      if (this.#socket.writableLength > 0) this.#awaitDrain();
      else this.events?.drained();
    });
  }
}

/** Ten thousand connections share their listeners: each finds its own end in the socket that it is called on. */
interface OwnedSocket extends net.Socket {
  [owner]: NodeSocket;
}

function onError(this: OwnedSocket, error: NodeJS.ErrnoException): void {
  this[owner].fail(error);
}

function onClose(this: OwnedSocket): void {
  stopProbing(this[owner]);
  this[owner].events?.closed();
}

function onEnd(this: OwnedSocket): void {
  this[owner].peerEnded();
}

function onData(this: OwnedSocket, chunk: Buffer): void {
  this[owner].events?.chunk(chunk);
}

/** Sockets whose peers have ended their side, while ours still has something to say. */
const halfClosed = new Set<NodeSocket>();
let probing: NodeJS.Timeout | undefined;

function startProbing(socket: NodeSocket): void {
  halfClosed.add(socket);
  probing ??= setInterval(() => {
    for (const each of halfClosed) each.probe();
  }, probeEveryMs);
}

function stopProbing(socket: NodeSocket): void {
  halfClosed.delete(socket);
  if (halfClosed.size > 0) return;
  clearInterval(probing);
  probing = undefined;
}
