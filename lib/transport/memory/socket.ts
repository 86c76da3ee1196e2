/** One end of a connection in memory: what TCP does with bytes, FIN and reset, as far as a program sees it. */
import { type Address, formatAddress } from '../../values/address.js';
import { TcpError } from '../../values/errors.js';
import { SendQueue } from '../send-queue.js';
import type { SocketEvents, TransportSocket } from '../transport.js';

/** What a socket sends: bytes, by their number, or an end. */
export type Content = number | 'FIN' | 'RST';

/** What is between a socket and its peer. */
export interface Wire {
  /** Calls `arrive` at the other end, in the order of the calls. */
  send(arrive: () => void, content: Content): void;
  /** Calls at this end, in a later turn. */
  later(work: () => void): void;
}

/** One direction. `ending`: FIN waits behind what is queued. `ended`: FIN is on its way, or has been read. */
type Direction = 'open' | 'ending' | 'ended';

export class MemorySocket implements TransportSocket {
  readonly local: Address;
  readonly remote: Address;
  /** The other end, once the two are connected. */
  peer: MemorySocket | undefined;
  isClosed = false;
  readonly #wire: Wire;
  readonly #bufferBytes: number;
  #events: SocketEvents | undefined;
  #isPaused = false;

  /** Written, and not taken because the peer has no room. */
  readonly #outbox = new SendQueue();
  #outgoing: Direction = 'open';
  #hasWaited = false;

  /** Arrived, and not read. */
  #inbox: Buffer[] = [];
  /** What the inbox holds and what is on its way there. */
  #incomingBytes = 0;
  #incoming: Direction = 'open';

  constructor(wire: Wire, bufferBytes: number, local: Address, remote: Address) {
    this.#wire = wire;
    this.#bufferBytes = bufferBytes;
    this.local = local;
    this.remote = remote;
  }

  get queuedBytes(): number {
    return this.#outbox.bytes;
  }
  get queuedWrites(): number {
    return this.#outbox.writes;
  }

  /** What travels: neither here any more nor in the peer's inbox. */
  unacknowledgedBytes(): number | undefined {
    const { peer } = this;
    if (peer === undefined) return undefined;
    return peer.#inbox.reduce((bytes, chunk) => bytes - chunk.length, peer.#incomingBytes);
  }

  open(events: SocketEvents): void {
    this.#events = events;
  }

  write(bytes: Uint8Array): void {
    if (this.isClosed || this.#outgoing !== 'open') return;
    this.#outbox.push(bytes);
    this.transfer();
    if (this.#outbox.bytes > 0) this.#hasWaited = true;
  }

  cork(): void {} // what is written in one turn travels together anyway
  uncork(): void {}

  uncorkLater(): void {
    this.#events?.uncorked();
  }

  end(): void {
    if (this.isClosed || this.#outgoing !== 'open') return;
    this.#outgoing = 'ending';
    this.transfer();
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.#wire.later(() => this.#read());
  }

  destroy(): void {
    // As the kernel does: with bytes unread, FIN would tell the peer that all was read.
    if (this.#inbox.length > 0) this.reset();
    else this.#close('FIN');
  }

  reset(): void {
    this.#close('RST');
  }

  /** Fails and closes by itself. */
  break(error: TcpError): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.#events?.failed(error);
    this.#events?.closed();
  }

  connected(): void {
    this.#events?.connected();
    this.transfer();
  }

  /** Sends what the peer has room for, then FIN if it is due. */
  transfer(): void {
    const peer = this.peer;
    if (peer === undefined || this.isClosed) return;
    const room = this.#bufferBytes - peer.#incomingBytes;
    if (room > 0 && this.#outbox.bytes > 0) {
      const sent = Buffer.concat(this.#outbox.take(room)); // a copy, as every chunk from a kernel is
      peer.#incomingBytes += sent.length;
      this.#wire.send(() => peer.receive(sent), sent.length);
    }
    if (this.#outbox.bytes > 0) return;
    const ending = this.#outgoing === 'ending';
    if (ending) {
      this.#outgoing = 'ended';
      this.#wire.send(() => peer.receiveEnd(), 'FIN');
    }
    if (ending || this.#hasWaited) {
      this.#wire.later(() => {
        if (!this.isClosed) this.#events?.drained();
      });
    }
    this.#hasWaited = false;
    this.#closeIfBothEnded();
  }

  receive(chunk: Buffer): void {
    if (this.isClosed) {
      this.#sendEnd('RST'); // as the kernel answers bytes for a closed socket
      return;
    }
    this.#inbox.push(chunk);
    this.#read();
  }

  receiveEnd(): void {
    if (this.#incoming !== 'open') return;
    this.#incoming = 'ending';
    this.#read();
  }

  receiveReset(): void {
    this.#inbox = [];
    const message = `Lost the connection to ${formatAddress(this.remote)}: the peer reset it`;
    this.break(new TcpError('ERR_CONNECTION_RESET', message));
  }

  #read(): void {
    while (!this.isClosed && !this.#isPaused && this.#inbox.length > 0) {
      const chunk = this.#inbox.shift() as Buffer;
      this.#incomingBytes -= chunk.length;
      this.#events?.chunk(chunk);
      this.peer?.transfer();
    }
    if (this.isClosed || this.#inbox.length > 0 || this.#incoming !== 'ending') return;
    this.#incoming = 'ended';
    this.#events?.peerEnded();
    this.#closeIfBothEnded();
  }

  #closeIfBothEnded(): void {
    if (this.#incoming === 'ended' && this.#outgoing === 'ended') this.#close();
  }

  #close(end?: 'FIN' | 'RST'): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.#inbox = [];
    if (end !== undefined) this.#sendEnd(end);
    this.#wire.later(() => this.#events?.closed());
  }

  #sendEnd(end: 'FIN' | 'RST'): void {
    const { peer } = this;
    if (peer === undefined) return;
    this.#wire.send(() => (end === 'FIN' ? peer.receiveEnd() : peer.receiveReset()), end);
  }
}
