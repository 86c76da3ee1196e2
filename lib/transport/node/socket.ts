/** One TCP socket of Node's, made to keep the transport contract. */
import net from 'node:net';
import { type Address, addressOf, formatAddress } from '../../values/address.js';
import { type Member, noPlace } from '../../values/dense-set.js';
import { SendQueue } from '../send-queue.js';
import type { ConnectOptions, SocketEvents, TransportSocket } from '../transport.js';
import { localAddress, remoteAddress, unnamed } from './addresses.js';
import { join, joinedBytes, keepJoined } from './join.js';
import { networkDenied } from './net-permission.js';
import { unacknowledgedBytes } from './proc-net-tcp.js';
import { resetConnecting } from './reset-connecting.js';
import { startProbing, stopProbing } from './reset-probe.js';
import { SecuredIo, type SocketIo, type SocketOwner, type SocketSource } from './socket-io.js';
import { nodeOptions } from './socket-options.js';
import { systemError } from './system-error.js';
import { atTurnEnd } from './turn-end.js';
import { badPath } from './unix-path.js';

/** Written at once. More would hide progress; less would cut the answer to a 64 KiB read: it costs half as much again. */
const pieceBytes = 131_072;

const owner = Symbol('owner');

/** Ten thousand connections share their listeners: each finds its own end in the socket that it is called on. */
interface OwnedSocket extends net.Socket {
  [owner]: NodeSocket;
}

export class NodeSocket implements TransportSocket, SocketOwner, Member {
  place = noPlace;
  local: Address | undefined;
  remote: Address;
  events: SocketEvents | undefined;
  readonly io: SocketIo;
  readonly #socket: net.Socket;
  /** What waits for the kernel to take more; only while a write is under way. */
  #queue: SendQueue | undefined;
  /** What the kernel is taking, of which Node tells only when it has all. */
  #takingBytes = 0;
  #isEnding = false;
  #isCorked = false;

  /** Undefined where the peer has gone: the kernel no longer knows its address. */
  static accepted(source: SocketSource, io: SocketIo, local?: Address): NodeSocket | undefined {
    const accepted = new NodeSocket(source, io, local?.path === undefined ? undefined : unnamed);
    if (accepted.remote === undefined) {
      accepted.destroy();
      return undefined;
    }
    accepted.local = local ?? localAddress(accepted.#socket);
    return accepted;
  }

  static connecting(options: ConnectOptions, io: SocketIo): NodeSocket {
    const denied = networkDenied() ?? badPath(options.path);
    const remote = addressOf(options);
    const source = denied ? new net.Socket() : { ...remote, ...nodeOptions(options) };
    const connecting = new NodeSocket(source, io, remote);
    if (denied) connecting.#socket.destroy(denied);
    else connecting.#socket.once('connect', onConnect);
    return connecting;
  }

  /** `socket` is the one of TLS over `plain`, which has given up its own. */
  static secured(socket: net.Socket, plain: NodeSocket): NodeSocket {
    const secured = new NodeSocket(socket, new SecuredIo(plain.#socket), plain.remote);
    secured.local = plain.local;
    return secured;
  }

  private constructor(source: SocketSource, io: SocketIo, remote: Address | undefined) {
    this.io = io;
    this.#socket = io.make(source, this);
    this.remote = (remote ?? remoteAddress(this.#socket)) as Address; // `accepted` makes sure of it
    (this.#socket as OwnedSocket)[owner] = this;
    this.#socket.on('error', onError); // without a listener an 'error' ends the process, and it may come before `open`
  }

  get queuedBytes(): number {
    return this.#takingBytes + (this.#queue?.bytes ?? 0);
  }
  get queuedWrites(): number {
    return this.#queue?.writes ?? 0;
  }
  unacknowledgedBytes(): number | undefined {
    const { local, remote } = this;
    if (local?.port === undefined || remote.port === undefined) return undefined;
    return unacknowledgedBytes(local.port, remote.port);
  }

  open(events: SocketEvents): void {
    if (this.events === undefined) this.#socket.on('close', onClose).on('end', onEnd);
    this.events = events;
  }

  /** Reads and writes no more. */
  release(): net.Socket {
    return this.#socket.removeAllListeners('data').off('end', onEnd).pause();
  }

  write(bytes: Uint8Array): void {
    if (this.#isEnding || bytes.length === 0) return;
    if (!this.#isCorked && this.#canWrite() && bytes.length <= pieceBytes) {
      this.#takingBytes = this.io.write(this.#socket, bytes, this);
    } else {
      this.#queue ??= new SendQueue();
      this.#queue.push(bytes);
      if (!this.#isCorked || this.#queue.bytes >= pieceBytes) this.#send();
    }
  }

  cork(): void {
    this.#isCorked = true;
  }

  uncork(): void {
    this.#isCorked = false;
    this.#send();
  }

  uncorkLater(): void {
    atTurnEnd(this);
  }

  end(): void {
    this.#isEnding = true;
    if (this.#isCorked || !this.#canWrite() || !this.#socket.writable) return;
    this.#socket.end((error?: Error | null) => {
      if (!error) this.events?.drained();
    });
  }

  pause(): void {
    this.#socket.pause();
    startProbing(this);
  }

  resume(): void {
    this.#socket.resume();
    if (!this.#socket.readableEnded) stopProbing(this);
  }

  destroy(): void {
    this.#socket.destroy();
  }

  reset(): void {
    const isUnix = this.remote.path !== undefined; // has no reset
    if (this.isShuttingDown || isUnix) this.#socket.destroy();
    else if (!this.#socket.connecting) this.#socket.resetAndDestroy();
    else resetConnecting(this.#socket.off('connect', onConnect).off('error', onError));
  }

  /** In the turn in which FIN goes out libuv refuses a reset (uv_tcp_close_reset: EINVAL), and Node never closes. */
  get isShuttingDown(): boolean {
    const { writableEnded, writableFinished, writableLength } = this.#socket;
    return writableEnded && !writableFinished && writableLength === 0;
  }

  /** Looks for a reset. `ended`, behind the peer's end, is called where there is none. */
  probe(ended?: () => void): void {
    // Over a Unix socket an empty write fails once the peer has closed, and that is how most peers end.
    const isUnixEnd = ended !== undefined && this.remote.path !== undefined;
    if (this.#canWrite() && !this.#isEnding && !isUnixEnd) this.io.probe(this.#socket, ended);
    else if (ended) this.io.reread(this.#socket, ended);
  }

  turnEnded(): void {
    this.uncork();
    this.events?.uncorked();
  }

  // ---- what Node reports ----

  connected(): void {
    const local = localAddress(this.#socket);
    this.remote = remoteAddress(this.#socket) ?? this.remote;
    if (local.path === undefined && local.host === this.remote.host && local.port === this.remote.port) {
      // A port of the ephemeral range on which no server listens can be given to the connecting socket itself.
      this.#socket.destroy(Object.assign(new Error('connected to itself'), { code: 'ECONNREFUSED' }));
      return;
    }
    this.local = local;
    if (this.queuedBytes > 0 || this.#isEnding) this.taken();
    this.events?.connected();
  }

  receive(chunk: Buffer): void {
    this.events?.chunk(chunk);
  }

  taken(): void {
    this.#takingBytes = 0;
    this.#send();
    if (this.#canWrite() && !this.#isEnding) this.events?.drained();
  }

  /** Writes piece by piece, as long as the kernel takes each at once. */
  #send(): void {
    const queue = this.#queue;
    try {
      while (queue !== undefined && queue.bytes > 0 && this.#canWrite()) this.#takingBytes = this.#writeNext(queue);
    } catch (error) {
      this.#socket.destroy(error as Error); // a write is no longer what it was
      return;
    }
    if (this.#isEnding) this.end();
  }

  #writeNext(queue: SendQueue): number {
    const before = queue.bytes;
    const parts = queue.take(pieceBytes);
    if (parts.length === 1) return this.io.write(this.#socket, parts[0] as Uint8Array, this);
    const bytes = before - queue.bytes;
    if (bytes > joinedBytes) return this.io.writeAll(this.#socket, parts, bytes, this);
    const waitingBytes = this.io.write(this.#socket, join(parts, bytes), this);
    if (waitingBytes > 0) keepJoined();
    return waitingBytes;
  }

  #canWrite(): boolean {
    return this.#takingBytes === 0 && this.local !== undefined;
  }
}

function onConnect(this: OwnedSocket): void {
  this[owner].connected();
}

function onError(this: OwnedSocket, error: NodeJS.ErrnoException): void {
  const { local, remote, events } = this[owner];
  const doing = local === undefined ? 'Could not connect to' : 'Lost the connection to';
  const place = remote.path === undefined ? undefined : 'connectPath';
  events?.failed(systemError(error, `${doing} ${formatAddress(remote)}`, '', place));
}

function onClose(this: OwnedSocket): void {
  const socket = this[owner];
  stopProbing(socket);
  socket.io.closed?.(socket);
  socket.events?.closed();
}

/** Node 20 and 22 report a reset behind data as the peer's end; and after a real end nothing shows a reset. */
function onEnd(this: OwnedSocket): void {
  const socket = this[owner];
  startProbing(socket);
  socket.probe(() => socket.events?.peerEnded());
}
