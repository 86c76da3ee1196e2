/** The replies of a handler: an Observable pushes them, an iterable is asked for one by one, as there is room for them. */
import type { Readable } from 'node:stream';
import { from, type ObservableInput, type Observer, type Unsubscribable } from 'rxjs';
import { type Bytes, byteLength } from '../values/bytes.js';
import { fullBytes } from './outbound.js';
import { itemCostBytes } from './window.js';

export interface Replies extends Unsubscribable {
  /** A turn of the loop begins, or there is room again. */
  resume?(): void;
}

type Items = AsyncIterable<Bytes> | Iterable<Bytes>;

/** An iterable begins with the first `resume`. What is both, an Observable and an iterable, pushes. */
export function followReplies(
  replies: ObservableInput<Bytes>,
  observer: Observer<Bytes>,
  hasRoom: () => boolean,
): Replies {
  return isIterable(replies) ? new Pull(replies, observer, hasRoom) : from(replies).subscribe(observer);
}

export function isIterable(replies: ObservableInput<Bytes>): replies is Items {
  if (typeof replies !== 'object' || replies === null || 'subscribe' in replies) return false;
  return Symbol.asyncIterator in replies || Symbol.iterator in replies;
}

/** Pulls no more than 64 KiB in one turn of the loop: an iterable that always has more would let no other connection have a turn. */
class Pull implements Replies {
  readonly #items: Items;
  readonly #iterator: AsyncIterator<Bytes> | Iterator<Bytes>;
  readonly #replies: Observer<Bytes>;
  readonly #hasRoom: () => boolean;
  #turnBytes = 0;
  #isPulling = false;
  #isOver = false;

  constructor(items: Items, replies: Observer<Bytes>, hasRoom: () => boolean) {
    this.#iterator = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
    this.#items = items;
    this.#replies = replies;
    this.#hasRoom = hasRoom;
  }

  resume(): void {
    this.#turnBytes = 0;
    if (!this.#isPulling) void this.#pull();
  }

  /** Asks for no more, and lets the iterable release what it has open. */
  unsubscribe(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    // A stream first: while it has no data, its iterator would wait for some before it returns.
    (this.#items as Partial<Readable>).destroy?.();
    const returned = this.#iterator.return?.();
    if (isPromise(returned)) returned.then(undefined, (error) => this.#replies.error(error));
  }

  async #pull(): Promise<void> {
    this.#isPulling = true;
    while (!this.#isOver && this.#turnBytes < fullBytes && this.#hasRoom()) {
      try {
        const result = this.#iterator.next();
        this.#take(isPromise(result) ? await result : result);
      } catch (error) {
        if (!this.#isOver) this.#replies.error(error); // which unsubscribes
      }
    }
    this.#isPulling = false;
  }

  #take({ done, value }: IteratorResult<Bytes>): void {
    if (this.#isOver) return;
    if (done === true) {
      this.#isOver = true;
      this.#replies.complete();
    } else {
      this.#turnBytes += itemCostBytes + byteLength(value);
      this.#replies.next(value);
    }
  }
}

function isPromise<T>(value: PromiseLike<T> | T): value is PromiseLike<T> {
  return typeof (value as PromiseLike<T> | undefined)?.then === 'function';
}
