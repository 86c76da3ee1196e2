/** What a socket has been given to write and the system has not taken yet. */
import Queue from 'yocto-queue';

export class SendQueue {
  /** Of all writes together; for others to read. */
  bytes = 0;
  readonly #writes = new Queue<Uint8Array>();
  /** What is left of a write that has been taken in part. */
  #rest: Uint8Array | undefined;

  get writes(): number {
    return this.#writes.size + (this.#rest === undefined ? 0 : 1);
  }

  push(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#writes.enqueue(bytes);
    this.bytes += bytes.length;
  }

  /** Takes what goes next, at most that many bytes: a part of a large write, or many small ones as one. */
  take(mostBytes: number): Uint8Array {
    const parts: Uint8Array[] = [];
    let room = mostBytes;
    while (room > 0 && this.bytes > 0) {
      const write = this.#rest ?? (this.#writes.dequeue() as Uint8Array);
      const part = write.length <= room ? write : write.subarray(0, room);
      this.#rest = part === write ? undefined : write.subarray(room);
      this.bytes -= part.length;
      room -= part.length;
      parts.push(part);
    }
    return parts.length === 1 ? (parts[0] as Uint8Array) : Buffer.concat(parts);
  }
}
