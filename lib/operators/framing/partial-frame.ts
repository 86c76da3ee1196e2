/** The bytes of a frame that has not come whole: each is copied at most once before the frame is put together. */
import { Buffer } from 'node:buffer'; // the global one is behind a getter
import { ownMemory } from '../../values/bytes.js';

/** What small pieces are collected in: single bytes would take a hundred times their size. Blocks grow with the frame. */
const block = Object.freeze({ minBytes: 256, maxBytes: 16_384 });

export class PartialFrame {
  length = 0;
  readonly #pieces: Buffer[] = [];
  #block: Buffer | undefined;
  /** How much of the block is used. */
  #used = 0;

  add(bytes: Buffer): void {
    if (bytes.length >= block.minBytes && bytes.length >= Math.min(this.length, block.maxBytes)) this.#keep(bytes);
    else for (let copied = 0; copied < bytes.length; ) copied += this.#copy(bytes, copied);
    this.length += bytes.length;
  }

  /** All that was added, and `end`, as one frame. */
  take(end: Buffer): Buffer {
    if (this.length === 0) return end;
    this.length = 0;
    if (this.#pieces.length > 0) {
      this.#closeBlock();
      return Buffer.concat([...this.#pieces.splice(0), end]);
    }
    const frame = Buffer.allocUnsafe(this.#used + end.length);
    (this.#block as Buffer).copy(frame, 0, 0, this.#used); // without pieces all is in the block
    end.copy(frame, this.#used);
    this.#used = 0; // the next frame begins in the same block
    return frame;
  }

  #keep(bytes: Buffer): void {
    this.#closeBlock();
    this.#pieces.push(ownMemory(bytes));
  }

  /** Returns how many bytes the block had room for. */
  #copy(bytes: Buffer, start: number): number {
    this.#block ??= Buffer.allocUnsafeSlow(Math.max(block.minBytes, Math.min(this.length, block.maxBytes)));
    const copied = Math.min(bytes.length - start, this.#block.length - this.#used);
    if (copied === 1) this.#block[this.#used] = bytes[start] as number;
    else bytes.copy(this.#block, this.#used, start, start + copied);
    this.#used += copied;
    if (this.#used === this.#block.length) this.#closeBlock();
    return copied;
  }

  #closeBlock(): void {
    if (this.#block !== undefined) this.#pieces.push(this.#block.subarray(0, this.#used));
    this.#block = undefined;
    this.#used = 0;
  }
}
