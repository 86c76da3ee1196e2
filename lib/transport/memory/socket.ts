/** One end of a connection in memory: what the system's TCP does with bytes, FIN and reset, as far as a program sees it. */
import { type Address, formatAddress } from '../../values/address.js';
import { TcpError } from '../../values/errors.js';
import { SendQueue } from '../send-queue.js';
import type { SocketEvents, TransportSocket } from '../transport.js';

/** A way that bytes go. `ending`: FIN waits behind what is queued. `ended`: it is on its way, or has been read. */
type Way = 'open' | 'ending' | 'ended';

export class MemorySocket implements TransportSocket {
  readonly local: Address;
  readonly remote: Address;
  readonly #carry: (deliver: () => void) => void;
  readonly #bufferBytes: number;
  #peer: MemorySocket | undefined;
  #events: SocketEvents | undefined;
  #closed = false;
  #paused = false;

  /** Written, and not taken for want of room at the peer. */
  readonly #outbox = new SendQueue();
  #outgoing: Way = 'open';
  #hasWaited = false;

  /** Arrived, and not read. */
  #inbox: Buffer[] = [];
  /** What the inbox holds and what is on its way to it. */
  #incomingBytes = 0;
  #incoming: Way = 'open';

  constructor(carry: (deliver: () => void) => void, bufferBytes: number, local: Address, remote: Address) {
    this.#carry = carry;
    this.#bufferBytes = bufferBytes;
    this.local = local;
    this.remote = remote;
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  get queuedBytes(): number {
    return this.#outbox.bytes;
  }

  get queuedWrites(): number {
    return this.#outbox.writes;
  }

  unacknowledgedBytes(): number | undefined {
    return this.#peer === undefined ? undefined : this.#peer.#travellingBytes();
  }

  #travellingBytes(): number {
    return this.#inbox.reduce((bytes, chunk) => bytes - chunk.length, this.#incomingBytes);
  }

  join(peer: MemorySocket): void {
    this.#peer = peer;
  }

  open(events: SocketEvents): void {
    this.#events = events;
  }

  write(bytes: Uint8Array): void {
    if (this.#closed || this.#outgoing !== 'open') return;
    this.#outbox.push(bytes);
    this.transfer();
    if (this.#outbox.bytes > 0) this.#hasWaited = true;
  }

  cork(): void {} // what is written in one turn travels together as it is

  uncork(): void {}

  end(): void {
    if (this.#closed || this.#outgoing !== 'open') return;
    this.#outgoing = 'ending';
    this.transfer();
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#carry(() => this.#read());
  }

  destroy(): void {
    if (this.#inbox.length > 0)
      this.reset(); // as the system does: the peer would take what nobody read for received
    else this.#close(() => this.#peer?.receiveEnd());
  }

  reset(): void {
    this.#close(() => this.#peer?.receiveReset());
  }

  /** Fails and closes by itself. */
  break(error: TcpError): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#events?.failed(error);
    this.#events?.closed();
  }

  /** Sends what the peer has room for, then FIN if it is due. */
  transfer(): void {
    const peer = this.#peer;
    if (peer === undefined || this.#closed) return;
    const room = this.#bufferBytes - peer.#incomingBytes;
    if (room > 0 && this.#outbox.bytes > 0) {
      const sent = Buffer.from(this.#outbox.take(room)); // a copy, as every chunk from a system is
      peer.#incomingBytes += sent.length;
      this.#carry(() => peer.receive(sent));
    }
    if (this.#outbox.bytes > 0) return;
    const ending = this.#outgoing === 'ending';
    if (ending) {
      this.#outgoing = 'ended';
      this.#carry(() => peer.receiveEnd());
    }
    if (ending || this.#hasWaited) this.#carry(() => this.#closed || this.#events?.drained());
    this.#hasWaited = false;
    this.#closeIfBothEnded();
  }

  receive(chunk: Buffer): void {
    if (this.#closed) {
      this.#carry(() => this.#peer?.receiveReset()); // bytes for a socket that is gone are answered so
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
    this.break(
      new TcpError(
        'ERR_CONNECTION_RESET',
        `Lost the connection to ${formatAddress(this.remote)}: the peer broke it off`,
      ),
    );
  }

  #read(): void {
    while (!this.#closed && !this.#paused && this.#inbox.length > 0) {
      const chunk = this.#inbox.shift() as Buffer;
      this.#incomingBytes -= chunk.length;
      this.#events?.chunk(chunk);
      this.#peer?.transfer();
    }
    if (this.#closed || this.#inbox.length > 0 || this.#incoming !== 'ending') return;
    this.#incoming = 'ended';
    this.#events?.peerEnded();
    this.#closeIfBothEnded();
  }

  #closeIfBothEnded(): void {
    if (this.#incoming === 'ended' && this.#outgoing === 'ended') this.#close(() => {});
  }

  #close(tellPeer: () => void): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#inbox = [];
    this.#carry(tellPeer);
    this.#carry(() => this.#events?.closed());
  }
}
