/** Chunks on their way from the socket to whoever reads them. */
import { Observable, type Subscriber } from 'rxjs';
import { TcpError } from '../values/errors.js';

/** What an item costs to hold beside its bytes: a Buffer and its place in a queue (measured: 200 to 300 bytes). */
export const itemCostBytes = 256;

export interface InboundOwner {
  /** Whether the answer to another chunk finds room. */
  hasRoom(): boolean;
  /** Holds the answers back until `uncork`, to send them together. */
  cork(): void;
  uncork(): void;
  /** Chunks came or went, or a reader did. */
  inboundChanged(): void;
  /** A second reader came, or one threw, which only code that runs at its unsubscription can. */
  error(cause: unknown): void;
}

export class Inbound {
  /**
   * One reader at a time, for two would each get some of the bytes. What comes while there is none waits for the next. Who
   * comes while a chunk is on its way to a reader takes over if that reader leaves by then: it was the last that it wanted.
   */
  readonly chunks$ = new Observable<Buffer>((reader) => this.#read(reader));
  readonly #owner: InboundOwner;
  readonly #maxChunkBytes: number;
  #held: Buffer[] = [];
  #heldBytes = 0;
  #reader: Subscriber<Buffer> | undefined;
  #successor: Subscriber<Buffer> | undefined;
  #delivering = false;
  #ended = false;

  constructor(owner: InboundOwner, maxChunkBytes: number) {
    this.#owner = owner;
    this.#maxChunkBytes = maxChunkBytes;
  }

  get isRead(): boolean {
    return this.#reader !== undefined;
  }

  get isEmpty(): boolean {
    return this.#heldBytes === 0;
  }

  get bytes(): number {
    return this.#heldBytes;
  }

  /** What is held, in the bytes that it costs. */
  get cost(): number {
    return this.#heldBytes + this.#held.length * itemCostBytes;
  }

  push(chunk: Buffer): void {
    if (this.#passes(chunk)) {
      this.#deliver(chunk);
    } else {
      // An empty array makes room for seventeen when one is pushed to it.
      if (this.#held.length === 0) this.#held = [chunk];
      else this.#held.push(chunk);
      this.#heldBytes += chunk.length;
      this.#deliver();
    }
  }

  /** Readers complete once they have what is held. */
  end(): void {
    this.#ended = true;
    this.deliver();
  }

  /** Drops what is held and returns how many bytes that was. */
  discard(): number {
    const discarded = this.#heldBytes;
    this.#held = [];
    this.#heldBytes = 0;
    return discarded;
  }

  /** Unlike `end`, leaves the reader without a completion: what it has is not all there was. */
  close(): void {
    this.#ended = true;
    this.#reader?.unsubscribe();
  }

  /** Hands chunks on while their answers find room. A reader that comes, goes or makes room meanwhile re-enters here. */
  deliver(): void {
    this.#deliver();
  }

  #deliver(passing?: Buffer): void {
    if (this.#delivering) return;
    this.#delivering = true;
    try {
      if (passing !== undefined) this.#hand(passing);
      while (this.#canDeliver()) {
        if (this.#heldBytes <= this.#maxChunkBytes) this.#deliverPiece();
        else this.#deliverPieces();
      }
      while (this.#ended && this.#heldBytes === 0 && this.#reader?.closed === false) {
        this.#reader.complete(); // who comes for what is behind it finds the end as well
      }
    } catch (error) {
      this.#owner.error(error);
    }
    this.#delivering = false;
    this.#owner.inboundChanged();
  }

  /** Whether a chunk can go to the reader without being held, as most do. */
  #passes(chunk: Buffer): boolean {
    const isNext = this.#heldBytes === 0 && chunk.length <= this.#maxChunkBytes && !this.#delivering;
    return isNext && this.#isWanted();
  }

  #canDeliver(): boolean {
    return this.#heldBytes > 0 && this.#isWanted();
  }

  #isWanted(): boolean {
    return this.#reader?.closed === false && this.#owner.hasRoom();
  }

  /** The answers to the pieces of one read go out in one call, which may make room for those to more. */
  #deliverPieces(): void {
    this.#owner.cork();
    try {
      while (this.#canDeliver()) this.#deliverPiece();
    } finally {
      this.#owner.uncork();
    }
  }

  #deliverPiece(): void {
    this.#hand(this.#takePiece());
  }

  #hand(piece: Buffer): void {
    this.#reader?.next(piece);
    if (this.#successor !== undefined) this.#refuse(this.#successor); // the reader has stayed
  }

  #read(reader: Subscriber<Buffer>): () => void {
    if (this.#reader === undefined) {
      this.#reader = reader;
      this.deliver();
    } else if (this.#delivering && this.#successor === undefined) {
      this.#successor = reader;
    } else {
      this.#refuse(reader);
    }
    return () => this.#release(reader);
  }

  #release(reader: Subscriber<Buffer>): void {
    if (this.#successor === reader) this.#successor = undefined;
    if (this.#reader !== reader) return;
    this.#reader = this.#successor;
    this.#successor = undefined;
    this.#owner.inboundChanged();
  }

  /** Told to the owner and not to the reader, who may have nobody to tell: that would end the process. */
  #refuse(reader: Subscriber<Buffer>): void {
    const message = 'chunks$ has a subscriber already: share() it, or subscribe once the first has gone';
    reader.unsubscribe();
    this.#owner.error(new TcpError('ERR_CHUNKS_LOCKED', message));
  }

  /** As one read of the system would: all there is, up to `maxChunkBytes`. */
  #takePiece(): Buffer {
    const all = this.#held.length === 1 ? (this.#held[0] as Buffer) : Buffer.concat(this.#held, this.#heldBytes);
    const piece = all.length <= this.#maxChunkBytes ? all : all.subarray(0, this.#maxChunkBytes);
    this.#held = piece === all ? [] : [all.subarray(piece.length)];
    this.#heldBytes -= piece.length;
    return piece;
  }
}
