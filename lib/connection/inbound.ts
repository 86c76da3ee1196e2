/** What a peer sends, on its way to the subscriber of chunks$. */
import { Observable, type Subscriber } from 'rxjs';
import { ownMemory } from '../values/bytes.js';
import { TcpError } from '../values/errors.js';
import { discards, type InboundState, type Sides } from './states.js';
import { type ConnectionWindow, itemCostBytes } from './window.js';

export interface InboundOwner extends Sides {
  /** A chunk came, or room did. */
  touch(): void;
  /** A reader came. */
  awaitActivity(): void;
  /** Chunks came or went, or their reader left. */
  inboundChanged(): void;
  readonly outbound: (Sides['outbound'] & { flush(): void }) | undefined;
  /** A second reader came, or one threw, which only code that runs at its unsubscription can. */
  error(cause: unknown): void;
}

/** A handler that reads on behind the end, as `repeat` makes it, would do so for ever, and let no other connection have a turn. */
const mostEndsRead = 1_000;

const endlessMessage = 'chunks$ was subscribed to 1 000 times after its end: end repeat() there, or give it a count';
const lockedMessage = 'chunks$ has a subscriber already: share() it, or subscribe once the first has gone';

/**
 * One subscriber at a time, for two would each get some of the bytes. What comes while there is none waits for the next one. One
 * that comes during a delivery takes over if the present one leaves by its end: it was the last chunk that it wanted.
 */
export class Inbound {
  state: InboundState = 'open';
  bytesRead = 0;
  bytesDiscarded = 0;
  /** Whether a reader is being called: replies that it causes are looked at behind the delivery. */
  isDelivering = false;
  readonly #peer: InboundOwner;
  readonly #window: ConnectionWindow;
  readonly #maxChunkBytes: number;
  #held: Buffer[] = [];
  #heldBytes = 0;
  /** How often a reader came when nothing was left. */
  #endsRead = 0;
  #reader: Subscriber<Buffer> | undefined;
  #successor: Subscriber<Buffer> | undefined;

  constructor(peer: InboundOwner, window: ConnectionWindow, maxChunkBytes: number) {
    this.#peer = peer;
    this.#window = window;
    this.#maxChunkBytes = maxChunkBytes;
  }

  get isRead(): boolean {
    return this.#reader !== undefined;
  }
  get hasEnded(): boolean {
    return this.state === 'ended' || this.state === 'closed';
  }
  get bytesHeld(): number {
    return this.#heldBytes;
  }

  /** What is held, in the bytes that it costs. */
  get cost(): number {
    return this.#heldBytes + this.#held.length * itemCostBytes;
  }

  /** chunks$, which lasts as long as the handler. */
  chunks(): Observable<Buffer> {
    return new Observable((reader) => {
      if (this.#heldBytes === 0 && this.state !== 'open' && ++this.#endsRead > mostEndsRead) {
        this.#refuse(reader, endlessMessage);
      } else if (this.#reader === undefined) {
        this.#reader = reader;
        this.#peer.awaitActivity();
        this.deliver();
      } else if (this.isDelivering && this.#successor === undefined) {
        this.#successor = reader;
      } else {
        this.#refuse(reader, lockedMessage);
      }
      return () => this.#release(reader);
    });
  }

  receive(chunk: Buffer): void {
    this.bytesRead += chunk.length;
    if (discards(this.#peer)) {
      this.bytesDiscarded += chunk.length;
      return;
    }
    this.#peer.touch();
    if (this.#passes(chunk)) {
      this.deliver(chunk);
      return;
    }
    const held = ownMemory(chunk);
    // An empty array makes room for seventeen when one is pushed to it.
    if (this.#held.length === 0) this.#held = [held];
    else this.#held.push(held);
    this.#heldBytes += chunk.length;
    this.deliver();
  }

  /** Takes no more chunks. Readers complete once they have what is held. */
  end(state: 'refused' | 'ended'): void {
    if (this.state === 'closed' || (state === 'refused' && this.state === 'ended')) return;
    this.state = state;
    this.deliver();
  }

  /** Delivers `passing`, then what is held, as long as the replies find room; behind the last chunk, the end. */
  deliver(passing?: Buffer): void {
    if (this.isDelivering) return; // the delivery under way goes on with what is held
    this.isDelivering = true;
    try {
      if (passing !== undefined) this.#hand(passing);
      do {
        while (this.#canDeliver()) this.#hand(this.#takePiece());
        this.#peer.outbound?.flush(); // which may make room for more
      } while (this.#canDeliver());
      while (this.state !== 'open' && this.#heldBytes === 0 && this.#reader?.closed === false) {
        this.#reader.complete(); // a reader that comes for what is behind the end finds the end as well
      }
    } catch (error) {
      this.#peer.error(error);
    }
    this.isDelivering = false;
    this.#peer.inboundChanged();
  }

  discardHeld(): void {
    this.bytesDiscarded += this.#heldBytes;
    this.#held = [];
    this.#heldBytes = 0;
  }

  /** Leaves the reader without a completion: what it has is not all there was. */
  close(): void {
    this.state = 'closed';
    this.#reader?.unsubscribe();
  }

  /** Whether a chunk that comes can go to the reader without being held, as most do. */
  #passes(chunk: Buffer): boolean {
    return this.#heldBytes === 0 && !this.isDelivering && chunk.length <= this.#maxChunkBytes && this.#isWanted();
  }
  #canDeliver(): boolean {
    return this.#heldBytes > 0 && this.#isWanted();
  }
  #isWanted(): boolean {
    return this.#reader?.closed === false && this.#window.hasRoom();
  }

  #hand(piece: Buffer): void {
    this.#reader?.next(piece);
    if (this.#successor !== undefined) this.#refuse(this.#successor, lockedMessage); // the reader has stayed
  }

  /** As one read of the kernel's buffer would: all there is, up to `maxChunkBytes`. */
  #takePiece(): Buffer {
    const all = this.#held.length === 1 ? (this.#held[0] as Buffer) : Buffer.concat(this.#held, this.#heldBytes);
    const piece = all.length <= this.#maxChunkBytes ? all : all.subarray(0, this.#maxChunkBytes);
    this.#held = piece === all ? [] : [all.subarray(piece.length)];
    this.#heldBytes -= piece.length;
    return piece;
  }

  #release(reader: Subscriber<Buffer>): void {
    if (this.#successor === reader) this.#successor = undefined;
    if (this.#reader !== reader) return;
    this.#reader = this.#successor;
    this.#successor = undefined;
    this.#peer.inboundChanged();
  }

  /** Told to the connection and not to the reader, which may have no error callback: that would end the process. */
  #refuse(reader: Subscriber<Buffer>, message: string): void {
    reader.unsubscribe();
    this.#peer.error(new TcpError('ERR_CHUNKS_LOCKED', message));
  }
}
