/** One end of a connection on which things go wrong. */
import { type SchedulerLike, Subscription } from 'rxjs';
import { formatAddress } from '../../../values/address.js';
import { ownMemory } from '../../../values/bytes.js';
import { monotonicClock } from '../../../values/clock.js';
import { TcpError } from '../../../values/errors.js';
import { transferred } from '../../send-queue.js';
import type { TransportSocket } from '../../transport.js';
import { WrappedSocket } from '../wrapped-socket.js';
import { Direction } from './direction.js';
import { end, type Item } from './fault.js';
import type { FaultyConnection, Strike } from './station.js';

/** How long a connection that closes waits for a peer that does not read what was sent before. */
const lingerMs = 1_000;

export interface FaultySocketOwner {
  readonly scheduler: SchedulerLike;
  /** Faults can begin: calls `strike` with them. */
  begin(socket: FaultySocket): void;
  closed(socket: FaultySocket): void;
}

type State =
  | 'open'
  /** A fault or its owner has closed it. What was sent arrives first, and what its owner does is of no effect. */
  | 'closing'
  /** It is ended, or broke. */
  | 'over';

export class FaultySocket extends WrappedSocket {
  readonly #owner: FaultySocketOwner;
  readonly #incoming: Direction;
  readonly #outgoing: Direction;
  #state: State = 'open';
  /** The wrapped socket is paused. */
  #isHeldBack = false;
  /** Its owner has seen bytes wait, and is to be told when they no longer do. */
  #owesDrained = false;
  #isClosedBelow = false;
  #linger = Subscription.EMPTY;

  constructor(socket: TransportSocket, owner: FaultySocketOwner) {
    super(socket);
    this.#owner = owner;
    const connection: FaultyConnection = {
      scheduler: owner.scheduler,
      clock: monotonicClock(owner.scheduler),
      close: () => this.#cut('a fault has closed it', () => this.#leave()),
      reset: () => this.#cut('a fault has reset it', () => this.#end(() => super.reset())),
      run: (work) => this.#run(work),
    };
    this.#incoming = new Direction(connection, (item) => this.#receive(item));
    this.#outgoing = new Direction(connection, (item) => this.#send(item));
  }

  strike(incoming: readonly Strike[], outgoing: readonly Strike[]): void {
    this.#run(() => {
      this.#incoming.strike(incoming);
      this.#outgoing.strike(outgoing);
    });
  }

  override connected(): void {
    this.#owner.begin(this);
    super.connected();
  }

  override secure(received: Buffer): void {
    const held = this.#incoming.withdraw(); // of the handshake, which is no data
    this.#regulate();
    this.#owner.begin(this);
    super.secure(Buffer.concat([received, ...held]));
  }

  // ---- what the owner sends ----

  override get queuedBytes(): number {
    return super.queuedBytes + this.#outgoing.waitingBytes;
  }
  override get queuedWrites(): number {
    return super.queuedWrites + (this.#outgoing.waitingBytes > 0 ? 1 : 0);
  }
  override unacknowledgedBytes(): number | undefined {
    const bytes = super.unacknowledgedBytes();
    return bytes === undefined ? undefined : bytes + this.#outgoing.inFlightBytes;
  }

  override write(bytes: Uint8Array): void {
    if (this.#state !== 'open' || bytes.length === 0) return;
    this.#outgoing.take(bytes);
    if (this.#outgoing.waitingBytes > 0) this.#owesDrained = true;
  }

  override end(): void {
    if (this.#state === 'open') this.#outgoing.take(end);
  }
  override uncorked(): void {
    super.uncorked();
    this.#advanced();
  }
  override drained(): void {
    if (this.#state === 'closing') this.#leave();
    else if (this.#outgoing.waitingBytes === 0) this.#drain();
  }

  #send(item: Item): void {
    if (item === end) super.end();
    else if (item.length > 0) super.write(item);
    else this.#cut(transferred, () => this.#end(() => super.reset()));
  }

  /** What is passed on leaves in one system call, as it was sent. */
  #run(work: () => void): void {
    super.cork();
    work();
    super.uncork();
    this.#advanced();
  }

  /** What a fault passed on may wait in the next one, or is sent by the wrapped socket, which does not report what it sends at once. */
  #advanced(): void {
    if (this.#state === 'closing') this.#leave();
    else if (this.queuedBytes > 0) this.#owesDrained = true;
    else if (this.#state === 'open' && this.#owesDrained) this.#drain();
  }

  #drain(): void {
    this.#owesDrained = false;
    super.drained();
  }

  // ---- what the owner receives ----

  override pause(): void {
    this.#incoming.isPaused = true;
    this.#regulate();
  }

  override resume(): void {
    this.#incoming.resume();
    this.#regulate();
  }

  override chunk(chunk: Buffer): void {
    this.#incoming.take(this.#incoming.isClear ? chunk : ownMemory(chunk));
    this.#regulate();
  }

  override peerEnded(): void {
    this.#incoming.take(end);
  }

  #receive(item: Item): void {
    if (item !== end) {
      super.chunk(item as Buffer);
      this.#regulate();
      return;
    }
    super.peerEnded();
    if (this.#isClosedBelow) this.#closed();
  }

  /** Reads the peer no further than what may be held. */
  #regulate(): void {
    if (this.#state !== 'open') return;
    const { isFull } = this.#incoming;
    if (isFull === this.#isHeldBack) return;
    this.#isHeldBack = isFull;
    if (isFull) super.pause();
    else super.resume();
  }

  // ---- the end ----

  override destroy(): void {
    this.#close(() => {
      if (this.#outgoing.inFlightBytes > 0) this.#leave();
      else this.#end(() => super.destroy());
    });
  }

  override reset(): void {
    this.#close(() => this.#end(() => super.reset()));
  }

  override failed(error: TcpError): void {
    if (this.#state !== 'open') return;
    this.#stop('over');
    super.failed(error);
  }

  /** If both sides have ended, the peer's end may still be on its way. */
  override closed(): void {
    this.#isClosedBelow = true;
    if (this.#state !== 'open' || !this.#incoming.isEndHeld) this.#closed();
  }

  /** The owner closes the connection. */
  #close(close: () => void): void {
    if (this.#state === 'open') this.#closeBelow(close);
  }

  /** Closes the wrapped socket, which may have closed while the peer's end was held. */
  #closeBelow(close: () => void): void {
    if (!this.#isClosedBelow) {
      close();
      return;
    }
    this.#stop('over');
    this.#owner.scheduler.schedule(() => this.#closed());
  }

  #cut(reason: string, close: () => void): void {
    if (this.#state !== 'open') return;
    const message = `Lost the connection to ${formatAddress(this.remote)}: ${reason}`;
    this.#state = 'closing'; // first: its owner closes what has failed
    super.uncork();
    super.failed(new TcpError('ERR_CONNECTION_RESET', message));
    this.#closeBelow(close);
  }

  /** Closes behind what was sent, as soon as that is gone. */
  #leave(): void {
    this.#state = 'closing';
    this.#incoming.stop();
    if (this.#outgoing.inFlightBytes > 0) return;
    this.#outgoing.stop();
    if (super.queuedBytes === 0) super.destroy();
    else if (this.#linger.closed) this.#linger = this.#owner.scheduler.schedule(() => super.destroy(), lingerMs);
  }

  #end(end: () => void): void {
    this.#stop('over');
    end();
  }

  #stop(state: State): void {
    this.#state = state;
    this.#incoming.stop();
    this.#outgoing.stop();
  }

  #closed(): void {
    this.#linger.unsubscribe();
    this.#stop('over');
    this.#owner.closed(this);
    super.closed();
  }
}
