/** What a socket has been given to write and the system has not taken yet. */
import Queue from 'yocto-queue';

export class SendQueue {
  /** Of all writes together; for others to read. */
  bytes = 0;
  /** What goes next: a write, or what is left of one that has been taken in part. Most queues hold no more. */
  #next: Uint8Array | undefined;
  #others: Queue<Uint8Array> | undefined;

  get writes(): number {
    return this.#next === undefined ? 0 : 1 + (this.#others?.size ?? 0);
  }

  push(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.bytes += bytes.length;
    if (this.#next === undefined) {
      this.#next = bytes;
      return;
    }
    this.#others ??= new Queue();
    this.#others.enqueue(bytes);
  }

  /** Takes what goes next, in order, at most that many bytes: many small writes, or a part of a large one. */
  take(mostBytes: number): Uint8Array[] {
    const parts: Uint8Array[] = [];
    for (let room = mostBytes; room > 0 && this.#next !== undefined; ) {
      const write = this.#next;
      if (write.length === 0) throw new TypeError('a buffer was transferred to another thread before it was sent');
      const part = write.length <= room ? write : write.subarray(0, room);
      this.#next = part === write ? this.#others?.dequeue() : write.subarray(room);
      this.bytes -= part.length;
      room -= part.length;
      parts.push(part);
    }
    return parts;
  }
}
