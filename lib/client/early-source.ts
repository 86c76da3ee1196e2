/** A source that is subscribed to before the connection stands: what it emits until then waits, and is sent first. */
import { from, Observable, type ObservableInput, type Observer, type Subscriber } from 'rxjs';
import { fullBytes } from '../connection/outbound.js';
import type { PeerConnection } from '../connection/peer-connection.js';
import type { Replies } from '../connection/replies.js';
import { type Bytes, byteLength } from '../values/bytes.js';

export class EarlySource implements Replies, Observer<Bytes> {
  /** What waits, then what comes. Takes one subscriber, once the connection stands. */
  readonly replies$ = new Observable<Bytes>((connection) => this.#sendTo(connection));
  readonly #peer: PeerConnection;
  readonly #maxUnsentBytes: number;
  #source: Subscriber<Bytes> | undefined;
  #connection: Subscriber<Bytes> | undefined;
  #waiting: Bytes[] = [];
  #waitingBytes = 0;
  #isComplete = false;

  constructor(source$: ObservableInput<Bytes>, peer: PeerConnection, maxUnsentBytes: number) {
    this.#peer = peer;
    this.#maxUnsentBytes = maxUnsentBytes;
    peer.replies = this;
    new Observable<Bytes>((source) => {
      this.#source = source; // before the source emits, so that one that emits too much at once is unsubscribed from
      from(source$).subscribe(source);
    }).subscribe(this);
  }

  /** The limits are those of bytes that wait for the kernel. */
  next(bytes: Bytes): void {
    if (this.#connection !== undefined) {
      this.#connection.next(bytes);
      return;
    }
    const isOverflowing = this.#waitingBytes > this.#maxUnsentBytes;
    this.#waiting.push(bytes);
    this.#waitingBytes += byteLength(bytes);
    if (isOverflowing) this.#peer.close('overflow');
    else if (this.#waitingBytes > fullBytes) this.#peer.startOutbound().fill();
  }

  error(cause: unknown): void {
    this.#peer.error(cause);
  }

  complete(): void {
    this.#isComplete = true;
    this.#connection?.complete();
  }

  /** The connection has ended, or the attempt to connect: what still waits counts as unsent. */
  unsubscribe(): void {
    for (const bytes of this.#waiting.splice(0)) this.#peer.next(bytes);
    this.#source?.unsubscribe();
  }

  #sendTo(connection: Subscriber<Bytes>): this {
    for (const bytes of this.#waiting) connection.next(bytes); // those as well that are added meanwhile
    this.#waiting = [];
    this.#connection = connection;
    if (this.#isComplete) connection.complete();
    return this;
  }
}
