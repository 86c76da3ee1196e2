/** What a socket has been given to write and the system has not taken yet. */

const none: Uint8Array[] = [];

/** What a write of no bytes has been, since none is taken. */
export const transferred = 'a buffer was transferred to another thread before it was sent';

export class SendQueue {
  /** Of all writes together; for others to read. */
  bytes = 0;
  /** The first one may be the rest of a write that has been taken in part. */
  #writes = none;

  get writes(): number {
    return this.#writes.length;
  }

  push(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.bytes += bytes.length;
    // An empty array makes room for seventeen when one is pushed to it, and most queues hold no more than one.
    if (this.#writes.length === 0) this.#writes = [bytes];
    else this.#writes.push(bytes);
  }

  /** Takes what goes next, in order, at most that many bytes: many small writes, or a part of a large one. */
  take(mostBytes: number): Uint8Array[] {
    let count = 0;
    let room = mostBytes;
    for (; room > 0 && count < this.#writes.length; count++) {
      const { length } = this.#writes[count] as Uint8Array;
      if (length === 0) throw new TypeError(transferred);
      room -= length;
    }
    this.bytes -= mostBytes - Math.max(room, 0);
    return room < 0 ? this.#cut(count - 1, room) : this.#first(count);
  }

  #first(count: number): Uint8Array[] {
    if (count < this.#writes.length) return this.#writes.splice(0, count);
    const all = this.#writes;
    this.#writes = none;
    return all;
  }

  /** The writes before `index`, and of that one all but as many bytes at its end as `room` lacks. */
  #cut(index: number, room: number): Uint8Array[] {
    const write = this.#writes[index] as Uint8Array;
    this.#writes[index] = write.subarray(room);
    return [...this.#first(index), write.subarray(0, room)];
  }
}
