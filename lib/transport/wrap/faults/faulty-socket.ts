/** One end of a connection on which things go wrong. */
import { Subscription } from 'rxjs';
import { formatAddress } from '../../../values/address.js';
import { TcpError } from '../../../values/errors.js';
import type { TransportSocket } from '../../transport.js';
import { WrappedSocket } from '../wrapped-socket.js';
import { Direction, type Shared, type Strike } from './direction.js';
import { end, type Item, type StageLink } from './fault.js';

/** What may be held of what the peer sends before it is no longer read. */
const highWaterMarkBytes = 65_536;
const lowWaterMarkBytes = highWaterMarkBytes / 2;

export class FaultySocket extends WrappedSocket {
  readonly #incoming: Direction;
  readonly #outgoing: Direction;
  readonly #scheduler: StageLink['scheduler'];
  /** Of the stages. */
  readonly #timers = new Subscription();
  readonly #onClosed: (socket: FaultySocket) => void;
  /** Arrived, while the owner does not read. */
  #arrived: Item[] = [];
  #isPaused = false;
  #isHeldBack = false;
  /** `cut`: a fault has ended it; what its owner does is of no effect any more. */
  #state: 'open' | 'cut' | 'given up' = 'open';
  /** The peer's end has come, and may be on its way through the stages. */
  #end: 'not yet' | 'on its way' | 'told' = 'not yet';
  #isClosedBelow = false;

  constructor(socket: TransportSocket, scheduler: StageLink['scheduler'], onClosed: (socket: FaultySocket) => void) {
    super(socket);
    this.#scheduler = scheduler;
    this.#onClosed = onClosed;
    const shared: Shared = {
      scheduler,
      after: (delayMs, work) => this.#timers.add(scheduler.schedule(work, delayMs)),
      close: () =>
        this.#cut('closed', () => {
          if (super.queuedBytes === 0) super.destroy();
        }),
      reset: () => this.#cut('reset', () => super.reset()),
    };
    this.#incoming = new Direction(shared, (item) => this.#receive(item));
    this.#outgoing = new Direction(shared, (item) => this.#send(item));
  }

  strike(incoming: readonly Strike[], outgoing: readonly Strike[]): void {
    this.#incoming.strike(incoming);
    this.#outgoing.strike(outgoing);
  }

  // ---- what the owner sends ----

  override get queuedBytes(): number {
    return super.queuedBytes + this.#outgoing.heldBytes;
  }
  override get queuedWrites(): number {
    return super.queuedWrites + (this.#outgoing.heldBytes > 0 ? 1 : 0);
  }

  override write(bytes: Uint8Array): void {
    if (this.#state === 'open' && bytes.length > 0) this.#outgoing.take(bytes);
  }

  override end(): void {
    if (this.#state === 'open') this.#outgoing.take(end);
  }

  override drained(): void {
    if (this.#state === 'cut')
      super.destroy(); // what was passed before the cut is sent
    else if (this.#outgoing.heldBytes === 0) super.drained();
  }

  #send(item: Item): void {
    if (item === end) {
      super.end();
      return;
    }
    super.write(item);
    if (this.#outgoing.isClear) return;
    // The owner has seen the bytes wait, and is told when they no longer do.
    if (this.#outgoing.heldBytes === 0 && super.queuedBytes === 0) super.drained();
  }

  // ---- what the owner receives ----

  override pause(): void {
    this.#isPaused = true;
    this.#regulate();
  }

  override resume(): void {
    this.#isPaused = false;
    while (!this.#isPaused && this.#arrived.length > 0) this.#hand(this.#arrived.shift() as Item);
    this.#regulate();
  }

  override chunk(chunk: Buffer): void {
    if (this.#state !== 'open') return;
    this.#incoming.take(chunk);
    this.#regulate();
  }

  override peerEnded(): void {
    if (this.#state !== 'open') return;
    this.#end = 'on its way';
    this.#incoming.take(end);
  }

  #receive(item: Item): void {
    if (this.#isPaused || this.#arrived.length > 0) this.#arrived.push(item);
    else this.#hand(item);
    this.#regulate();
  }

  #hand(item: Item): void {
    if (item !== end) {
      super.chunk(item as Buffer);
      return;
    }
    this.#end = 'told';
    super.peerEnded();
    if (this.#isClosedBelow) this.#close();
  }

  /** Reads the peer no further than what may be held. */
  #regulate(): void {
    if (this.#state !== 'open') return;
    const arrivedBytes = this.#arrived.reduce((bytes, item) => bytes + (item === end ? 0 : item.length), 0);
    const isFull =
      this.#incoming.heldBytes + arrivedBytes > (this.#isHeldBack ? lowWaterMarkBytes : highWaterMarkBytes);
    const isHeldBack = this.#isPaused || isFull;
    if (isHeldBack === this.#isHeldBack) return;
    this.#isHeldBack = isHeldBack;
    if (isHeldBack) super.pause();
    else super.resume();
  }

  // ---- the end ----

  override destroy(): void {
    this.#giveUp(() => super.destroy());
  }

  override reset(): void {
    this.#giveUp(() => super.reset());
  }

  override failed(error: TcpError): void {
    if (this.#state === 'open') super.failed(error);
  }

  override closed(): void {
    this.#isClosedBelow = true;
    if (this.#state !== 'open' || this.#end !== 'on its way') this.#close();
  }

  #giveUp(end: () => void): void {
    if (this.#state !== 'open') return;
    this.#state = 'given up';
    this.#timers.unsubscribe();
    if (this.#isClosedBelow) this.#scheduler.schedule(() => this.#close());
    else end();
  }

  #cut(how: 'closed' | 'reset', cut: () => void): void {
    if (this.#state !== 'open') return;
    const message = `Lost the connection to ${formatAddress(this.remote)}: a fault has ${how} it`;
    this.#state = 'cut';
    this.#timers.unsubscribe();
    super.failed(new TcpError('ERR_CONNECTION_RESET', message));
    cut();
  }

  #close(): void {
    this.#timers.unsubscribe();
    this.#onClosed(this);
    super.closed();
  }
}
