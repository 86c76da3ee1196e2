/** One end of a connection in memory: what TCP does with bytes, FIN and reset, as far as a program sees it. */
import { type Address, formatAddress } from '../../values/address.js';
import { TcpError } from '../../values/errors.js';
import { SendQueue } from '../send-queue.js';
import type { SocketEvents, TransportSocket } from '../transport.js';
import type { Wire } from './wire.js';

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

  /** Sent, and not arrived. */
  #travellingBytes = 0;
  /** Sent, and not read, as far as this end knows. */
  #unreadBytes = 0;

  /** Arrived, and not read. */
  #inbox: Buffer[] = [];
  #incoming: Direction = 'open';
  /** Read, and the peer does not know. */
  #unreportedBytes = 0;

  /** What the owner is still to be told. */
  #failure: TcpError | undefined;

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

  unacknowledgedBytes(): number | undefined {
    return this.peer && this.#travellingBytes;
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
    else this.#close(this.#outgoing === 'ended' ? undefined : 'FIN');
  }

  reset(): void {
    this.#close('RST');
  }

  /** Fails and closes by itself. */
  break(error: TcpError): void {
    if (this.isClosed) return;
    this.#leave(true);
    this.#events?.failed(error);
    this.#events?.closed();
  }

  /** As `break`, without a word to the peer, and in a later turn. */
  crash(error: TcpError): void {
    if (this.isClosed) return;
    this.#leave(true);
    this.#failure = error;
    this.#wire.later(() => {
      if (this.#failure) this.#events?.failed(this.#failure);
      this.#events?.closed();
    });
  }

  /** No probe was answered. */
  timedOut(): void {
    this.#sendEnd('RST');
    const message = `Lost the connection to ${formatAddress(this.remote)}: the peer does not answer; check the network`;
    this.break(new TcpError('ERR_CONNECTION_TIMED_OUT', message));
  }

  connected(): void {
    this.#events?.connected();
    this.transfer();
  }

  /** Sends what the peer has room for, then FIN if it is due. */
  transfer(): void {
    const peer = this.peer;
    if (peer === undefined || this.isClosed) return;
    const room = this.#bufferBytes - this.#unreadBytes;
    if (room > 0 && this.#outbox.bytes > 0) {
      const sent = Buffer.concat(this.#outbox.take(room)); // a copy, as every chunk from a kernel is
      this.#unreadBytes += sent.length;
      this.#travellingBytes += sent.length;
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
      this.refuse(); // as the kernel answers bytes for a closed socket
      return;
    }
    if (this.peer) this.peer.#travellingBytes -= chunk.length;
    this.#inbox.push(chunk);
    this.#read();
  }

  receiveEnd(): void {
    if (this.#wire.isGone && this.peer?.isClosed === false) this.refuse();
    if (this.#incoming !== 'open') return;
    this.#incoming = 'ending';
    this.#read();
  }

  receiveReset(): void {
    const message = `Lost the connection to ${formatAddress(this.remote)}: the peer reset it`;
    this.break(new TcpError('ERR_CONNECTION_RESET', message));
  }

  /** Resets the connection in answer to something that came. */
  refuse(): void {
    const { peer } = this;
    this.#leave(true);
    if (peer) this.#wire.answer(() => peer.receiveReset());
  }

  /** Asks whether the peer is there. */
  probe(): void {
    const { peer } = this;
    if (peer) this.#wire.send(() => (peer.#wire.isGone ? peer.refuse() : peer.#wire.send(nothing, 'ACK')), 'probe');
  }

  /** The way to the peer is open again: what it has read meanwhile is known now. */
  resumeSending(): void {
    const { peer } = this;
    if (peer === undefined || this.isClosed) return;
    this.#unreadBytes -= peer.#unreportedBytes;
    peer.#unreportedBytes = 0;
    this.transfer();
    if (this.#outbox.bytes > 0 && peer.#wire.isGone) this.probe(); // as TCP does of a window that is closed
  }

  #read(): void {
    while (!this.isClosed && !this.#isPaused && this.#inbox.length > 0) {
      const chunk = this.#inbox.shift() as Buffer;
      const { peer } = this;
      if (!this.#wire.isUp) this.#unreportedBytes += chunk.length;
      else if (peer) peer.#unreadBytes -= chunk.length;
      this.#events?.chunk(chunk);
      peer?.transfer();
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
    this.#failure = undefined; // the owner has ended the connection itself
    if (this.isClosed) return;
    if (end !== undefined) this.#sendEnd(end);
    this.#leave(end === 'RST' || this.peer === undefined);
    this.#wire.later(() => this.#events?.closed());
  }

  #sendEnd(end: 'FIN' | 'RST'): void {
    const { peer } = this;
    if (peer) this.#wire.send(() => (end === 'FIN' ? peer.receiveEnd() : peer.receiveReset()), end);
  }

  #leave(isGone: boolean): void {
    this.isClosed = true;
    this.#inbox = [];
    this.#wire.closed(isGone);
  }
}

function nothing(): void {}
