/** Connections that are taken from the system and not served yet. */
import Queue from 'yocto-queue';

/** How many are admitted in a turn of the loop in which none comes: few, so that whoever comes next is soon seen. */
const admittedAtOnce = 16;

/**
 * Takes those that come before it admits those that have come. The system keeps only so many at the door, and a peer that
 * finds no place there knocks again after one second, then after two more (RFC 6298). No more than `most` wait here.
 */
export class AcceptQueue<T> {
  readonly #most: number;
  readonly #admit: (arrival: T) => void;
  readonly #waiting = new Queue<T>();
  #cameInThisTurn = false;

  constructor(most: number, admit: (arrival: T) => void) {
    this.#most = most;
    this.#admit = admit;
  }

  get count(): number {
    return this.#waiting.size;
  }

  add(arrival: T): void {
    if (this.#waiting.size === 0) setImmediate(() => this.#admitSome());
    this.#waiting.enqueue(arrival);
    this.#cameInThisTurn = true;
  }

  /** Those that are not admitted and never will be. */
  take(): Iterable<T> {
    return this.#waiting.drain();
  }

  #admitSome(): void {
    let places = this.#cameInThisTurn ? this.#waiting.size - this.#most : admittedAtOnce;
    this.#cameInThisTurn = false;
    for (; places > 0 && this.#waiting.size > 0; places--) this.#admit(this.#waiting.dequeue() as T);
    if (this.#waiting.size > 0) setImmediate(() => this.#admitSome());
  }
}
