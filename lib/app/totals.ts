/** What a run has come to: for the last line of its log, and for the live view. */
import type { ServerEvent } from '../index.js';

export class Totals {
  connections = 0;
  aborted = 0;
  bytesRead = 0;
  bytesWritten = 0;
  readonly dropped = { limit: 0, 'address-limit': 0, memory: 0, refused: 0, handshake: 0, lost: 0 };
  #open = 0;

  count(event: ServerEvent): void {
    if (event.type === 'opened') {
      this.connections += 1;
      this.#open += 1;
    } else if (event.type === 'closed') {
      this.#open -= 1;
      if (event.reason === 'aborted') this.aborted += 1;
      this.bytesRead += event.bytesRead;
      this.bytesWritten += event.bytesWritten;
    } else if (event.type === 'dropped') {
      this.dropped[event.reason] += 1;
    }
  }

  /** A second signal closes what is open, and no event tells of it. */
  end(): void {
    this.aborted += this.#open;
    this.#open = 0;
  }
}
