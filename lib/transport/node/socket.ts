/** One TCP socket of Node's, made to keep the transport contract. */
import type net from 'node:net';
import { type Address, formatAddress } from '../../values/address.js';
import { DenseSet, type Member, noPlace } from '../../values/dense-set.js';
import { systemError } from '../../values/errors.js';
import { SendQueue } from '../send-queue.js';
import type { SocketEvents, TransportSocket } from '../transport.js';
import { intoSlab, type Receiver } from './direct-read.js';
import { unacknowledgedBytes } from './proc-net-tcp.js';
import type { WriteOwner, Writer } from './socket-io.js';

/** How often a peer that is not read from is asked whether it is still there: a dead one is let go within a second. */
const probeEveryMs = 500;

/**
 * What is handed to the system at once. Node tells when it has taken all of a write, so large ones would hide progress; but
 * the answer to a full read of 64 KiB should not be cut in two, which costs half as much again (measured).
 */
const pieceBytes = 131_072;

const nowhere: Address = Object.freeze({ host: '', port: 0 });

/** How chunks come: as 'data' of the stream, or by the option `onread`. */
type Reading = 'stream' | 'slab';

/** Makes a socket with that option, if any. */
export type MakeSocket = (onread: net.OnReadOpts | undefined) => net.Socket;

const owner = Symbol('owner');

/** Ten thousand connections share their listeners: each finds its own end in the socket that it is called on. */
interface OwnedSocket extends net.Socket {
  [owner]: NodeSocket;
}

export class NodeSocket implements TransportSocket, WriteOwner, Receiver, Member {
  place = noPlace;
  events: SocketEvents | undefined;
  readonly #socket: net.Socket;
  readonly #reading: Reading;
  readonly #writer: Writer;
  /** Undefined until it is connected. */
  #local: Address | undefined;
  #remote: Address;
  /** What waits for the system to take more; only while a write is under way. */
  #queue: SendQueue | undefined;
  /** What the system is taking, of which Node tells only when it has all. */
  #takingBytes = 0;
  #isEnding = false;
  #isCorked = false;

  constructor(make: MakeSocket, reading: Reading, writer: Writer, remote = nowhere) {
    const socket = make(reading === 'slab' ? intoSlab(this) : undefined);
    this.#socket = socket;
    this.#reading = reading;
    this.#writer = writer;
    this.#remote = remote;
    (socket as OwnedSocket)[owner] = this;
    socket.on('error', onError); // an 'error' that nobody listens for ends the process, and it may come before `open`
  }

  /** To be called once both ends are there. A server knows the local one, and need not ask the system for each. */
  connected(local = localAddress(this.#socket)): void {
    this.#local = local;
    this.#remote = remoteAddress(this.#socket);
    if (this.queuedBytes > 0 || this.#isEnding) this.taken();
  }

  get local(): Address {
    return this.#local ?? nowhere;
  }

  get remote(): Address {
    return this.#remote;
  }

  get queuedBytes(): number {
    return this.#takingBytes + (this.#queue?.bytes ?? 0);
  }

  get queuedWrites(): number {
    return this.#queue?.writes ?? 0;
  }

  unacknowledgedBytes(): number | undefined {
    return this.#local && unacknowledgedBytes(this.#local.port, this.#remote.port);
  }

  open(events: SocketEvents): void {
    this.events = events;
    this.#socket.on('close', onClose).on('end', onEnd);
    if (this.#reading === 'stream') this.#socket.on('data', onData);
  }

  write(bytes: Uint8Array): void {
    if (this.#isEnding || bytes.length === 0) return;
    if (!this.#isCorked && this.#canWrite() && bytes.length <= pieceBytes) {
      this.#takingBytes = this.#writer.write(this.#socket, bytes, this);
    } else {
      this.#queue ??= new SendQueue();
      this.#queue.push(bytes);
      if (!this.#isCorked) this.#send();
    }
  }

  cork(): void {
    this.#isCorked = true;
  }

  uncork(): void {
    this.#isCorked = false;
    this.#send();
  }

  end(): void {
    this.#isEnding = true;
    if (!this.#isCorked && this.#canWrite() && this.#socket.writable)
      this.#socket.end((error?: Error | null) => error ?? this.events?.drained());
  }

  pause(): void {
    this.#socket.pause();
    unread.add(this);
  }

  resume(): void {
    this.#socket.resume();
    if (!this.#socket.readableEnded) unread.delete(this);
  }

  destroy(): void {
    this.#socket.destroy();
  }

  reset(): void {
    if (this.#socket.connecting || this.#isShuttingDown()) this.#socket.destroy();
    else this.#socket.resetAndDestroy();
  }

  /** While a write is under way there is no need to, for that one will fail. */
  probe(alive?: () => void): void {
    if (this.#canWrite() && !this.#isEnding) this.#writer.probe(this.#socket, alive);
    else alive?.();
  }

  fail(error: NodeJS.ErrnoException): void {
    const doing = this.#local === undefined ? 'Could not connect to' : 'Lost the connection to';
    this.events?.failed(systemError(error, `${doing} ${formatAddress(this.remote)}`));
  }

  receive(chunk: Buffer): void {
    this.events?.chunk(chunk);
  }

  /** On Node 20 and 22 a reset behind data is reported as the peer's end; and after a real end nothing shows a reset. */
  peerEnded(): void {
    unread.add(this);
    this.probe(() => this.events?.peerEnded());
  }

  taken(): void {
    this.#takingBytes = 0;
    this.#send();
    if (this.#canWrite() && !this.#isEnding) this.events?.drained();
  }

  /** Writes piece by piece, as long as the system takes each at once. */
  #send(): void {
    const queue = this.#queue;
    while (queue !== undefined && queue.bytes > 0 && this.#canWrite()) {
      this.#takingBytes = this.#writer.write(this.#socket, queue.take(pieceBytes), this);
    }
    if (this.#isEnding) this.end();
  }

  #canWrite(): boolean {
    return this.#takingBytes === 0 && this.#local !== undefined;
  }

  /** In the turn in which FIN goes out libuv refuses a reset (uv_tcp_close_reset: EINVAL), and Node then never closes. */
  #isShuttingDown(): boolean {
    const { writableEnded, writableFinished, writableLength } = this.#socket;
    return writableEnded && !writableFinished && writableLength === 0;
  }
}

function localAddress({ localAddress: host = '', localPort: port = 0 }: net.Socket): Address {
  return { host, port };
}

function remoteAddress({ remoteAddress: host = '', remotePort: port = 0 }: net.Socket): Address {
  return { host, port };
}

function onError(this: OwnedSocket, error: NodeJS.ErrnoException): void {
  this[owner].fail(error);
}

function onClose(this: OwnedSocket): void {
  unread.delete(this[owner]);
  this[owner].events?.closed();
}

function onEnd(this: OwnedSocket): void {
  this[owner].peerEnded();
}

function onData(this: OwnedSocket, chunk: Buffer): void {
  this[owner].receive(chunk);
}

/** Node notices a reset only while it reads. These are not being read: paused, or ended by the peer and not by us. */
class ResetProbe {
  readonly #sockets = new DenseSet<NodeSocket>();
  /** Goes on for a while when nobody is left: most ends are followed by others. */
  #timer: NodeJS.Timeout | undefined;

  add(socket: NodeSocket): void {
    this.#sockets.add(socket);
    this.#timer ??= setInterval(() => this.#probe(), probeEveryMs);
    this.#timer.ref();
  }

  delete(socket: NodeSocket): void {
    if (this.#sockets.delete(socket) && this.#sockets.size === 0) this.#timer?.unref();
  }

  #probe(): void {
    for (const each of this.#sockets) each.probe();
    if (this.#sockets.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}

const unread = new ResetProbe();
