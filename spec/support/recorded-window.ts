/** A window that remembers what enters and leaves it. */
import type { FlowWindow } from '../../lib/index.js';

export class RecordedWindow implements FlowWindow {
  /** `+2` for two bytes that entered, `-2` for two that left, in the order in which they did. */
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

  /** Nothing, once everything is over: more than that was forgotten, less was counted out twice. */
  get held(): { items: number; bytes: number } {
    return { items: this.heldItems, bytes: this.heldBytes };
  }
}
