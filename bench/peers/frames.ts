/** Cuts what a connection sends into frames: two bytes of length, most significant first, and as many more. */

const headBytes = 2;

export class Frames {
  #unfinished: Buffer | undefined;

  /** The frames that are complete now, each with its head; no copy where a chunk begins with a frame. */
  push(chunk: Buffer): Buffer[] {
    const bytes = this.#unfinished === undefined ? chunk : Buffer.concat([this.#unfinished, chunk]);
    const frames: Buffer[] = [];
    let at = 0;
    while (at + headBytes <= bytes.length) {
      const end = at + headBytes + bytes.readUInt16BE(at);
      if (end > bytes.length) break;
      frames.push(bytes.subarray(at, end));
      at = end;
    }
    this.#unfinished = at < bytes.length ? bytes.subarray(at) : undefined;
    return frames;
  }
}
