/** Reads one connection's replies, wherever TCP cuts them, and checks every byte. */
import { patternAt } from './pattern.js';
import type { Target } from './plan.js';

const head = Buffer.from('Echo=>');
const spaceByte = 0x20;
/** ` at Mon Nov 23 06:25:00 2026` */
const tailBytes = 28;
const tailShape = /^ at (Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}$/;
/** A time is rounded down to the second, and its reply may wait in a buffer before it is read. */
const clockToleranceMs = 3_000;

export class ReplyReader {
  readonly #reply: Target['reply'];
  /** Of the next byte of DATA, in the pattern. */
  #offset: number;
  /** Bytes of DATA in the reply that is not complete yet. */
  #dataBytes = 0;
  #state: 'head' | 'data' | 'tail' = 'head';
  /** What has come of a head or a tail. */
  readonly #part = Buffer.alloc(tailBytes);
  #partBytes = 0;

  constructor(reply: Target['reply'], offset: number) {
    this.#reply = reply;
    this.#offset = offset;
  }

  /**
   * How many more bytes of DATA are in complete replies than before.
   *
   * @throws Error that says what came instead
   */
  read(chunk: Buffer): number {
    if (this.#reply === 'raw') return this.#data(chunk);
    let complete = 0;
    for (let at = 0; at < chunk.length; ) {
      if (this.#state === 'data') {
        const space = chunk.indexOf(spaceByte, at);
        const end = space === -1 ? chunk.length : space;
        this.#dataBytes += this.#data(chunk.subarray(at, end));
        at = end;
        if (space !== -1) this.#state = 'tail';
        continue;
      }
      const wanted = this.#state === 'head' ? head.length : tailBytes;
      const copied = chunk.copy(this.#part, this.#partBytes, at, at + wanted - this.#partBytes);
      at += copied;
      this.#partBytes += copied;
      if (this.#partBytes < wanted) break;
      this.#partBytes = 0;
      if (this.#state === 'head') {
        if (this.#part.compare(head, 0, wanted, 0, wanted) !== 0) throw wrong('Echo=>', this.#part.subarray(0, wanted));
        this.#state = 'data';
      } else {
        checkTail(this.#part);
        complete += this.#dataBytes;
        this.#dataBytes = 0;
        this.#state = 'head';
      }
    }
    return complete;
  }

  #data(data: Buffer): number {
    if (!data.equals(patternAt(this.#offset, data.length))) throw wrong('what was sent', data);
    this.#offset += data.length;
    return data.length;
  }
}

/** The last correct time, as text and as a number: thousands of replies a second have the same. */
const known = { tail: Buffer.alloc(tailBytes), atMs: 0 };

function checkTail(tail: Buffer): void {
  const nowMs = Date.now();
  if (tail.equals(known.tail) && nowMs - known.atMs < clockToleranceMs) return;
  const text = tail.toString('latin1');
  const timeMs = Date.parse(text.slice(4));
  const near = Math.abs(nowMs - timeMs) < clockToleranceMs;
  if (!tailShape.test(text) || !near) throw wrong('" at " and the time', tail);
  tail.copy(known.tail);
  known.atMs = timeMs;
}

function wrong(expected: string, got: Buffer): Error {
  return new Error(`Expected ${expected} in a reply, got ${JSON.stringify(got.toString('latin1', 0, 40))}`);
}
