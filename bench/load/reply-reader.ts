/** Reads one connection's replies, wherever TCP cuts them, and checks every byte. */
import { matchesPattern } from './pattern.js';
import type { Target } from './plan.js';

const head = Buffer.from('Echo=>');
const space = 0x20;
/** ` at Mon Nov 23 06:25:00 2026` */
const tailBytes = 28;
const tailShape = /^ at (Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}$/;
/** A time is rounded down to the second, and its reply may wait in a buffer before it is read. */
const clockToleranceMs = 3_000;

export class ReplyReader {
  readonly #reply: Target['reply'];
  /** Of the next byte of DATA, in the pattern. */
  #offset: number;
  #unfinished = 0;
  #state: 'head' | 'data' | 'tail' = 'head';
  #have = 0;
  readonly #tail = Buffer.alloc(tailBytes);

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
    if (this.#reply === 'raw') return this.#data(chunk, 0, chunk.length);
    let finished = 0;
    for (let at = 0; at < chunk.length; ) {
      if (this.#state === 'head') {
        const bytes = Math.min(head.length - this.#have, chunk.length - at);
        if (chunk.compare(head, this.#have, this.#have + bytes, at, at + bytes) !== 0) throw wrong('Echo=>', chunk, at);
        at += bytes;
        this.#have += bytes;
        if (this.#have === head.length) this.#enter('data');
      } else if (this.#state === 'data') {
        const found = chunk.indexOf(space, at);
        const end = found === -1 ? chunk.length : found;
        this.#unfinished += this.#data(chunk, at, end);
        at = end;
        if (found !== -1) this.#enter('tail');
      } else {
        const bytes = Math.min(tailBytes - this.#have, chunk.length - at);
        chunk.copy(this.#tail, this.#have, at, at + bytes);
        at += bytes;
        this.#have += bytes;
        if (this.#have < tailBytes) break;
        checkTail(this.#tail);
        finished += this.#unfinished;
        this.#unfinished = 0;
        this.#enter('head');
      }
    }
    return finished;
  }

  #enter(state: 'head' | 'data' | 'tail'): void {
    this.#state = state;
    this.#have = 0;
  }

  #data(chunk: Buffer, start: number, end: number): number {
    if (!matchesPattern(this.#offset, chunk, start, end)) throw wrong('what was sent', chunk, start);
    this.#offset += end - start;
    return end - start;
  }
}

/** The last correct time, and when it was read: thousands of replies a second have the same. */
const known = { tail: Buffer.alloc(tailBytes), atMs: 0 };

function checkTail(tail: Buffer): void {
  const nowMs = Date.now();
  if (tail.equals(known.tail) && nowMs - known.atMs < clockToleranceMs) return;
  const text = tail.toString('latin1');
  const timeMs = Date.parse(text.slice(4));
  if (!tailShape.test(text) || !(Math.abs(nowMs - timeMs) < clockToleranceMs))
    throw wrong('" at " and the time', tail, 0);
  tail.copy(known.tail);
  known.atMs = timeMs;
}

function wrong(expected: string, chunk: Buffer, at: number): Error {
  const got = JSON.stringify(chunk.toString('latin1', at, at + 40));
  return new Error(`Expected ${expected} in a reply, got ${got}`);
}
