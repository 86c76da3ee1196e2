/** A window that records what is held and released. */
import type { FlowWindow } from '../../lib/index.js';

export class RecordedWindow implements FlowWindow {
  /** `+2` for two bytes held, `-2` for two released, in the order of the calls. */
  readonly log: string[] = [];
  heldItems = 0;
  heldBytes = 0;

  hold(bytes: number): void {
    this.log.push(`+${bytes}`);
    this.heldItems += 1;
    this.heldBytes += bytes;
  }

  release(bytes: number): void {
    this.log.push(`-${bytes}`);
    this.heldItems -= 1;
    this.heldBytes -= bytes;
  }

  /** Zero at the end: more was never released, less was released twice. */
  get held(): { items: number; bytes: number } {
    return { items: this.heldItems, bytes: this.heldBytes };
  }
}
