/** What all connections of the process hold together: a thousand small hoards must not add up to a dead process. */
import { getHeapStatistics } from 'node:v8';

/**
 * A quarter of the heap, for what costs most is many small items, and those are on it; and 256 MiB at most, for Buffers are
 * not. A process that has loaded the package twice has it twice.
 */
const mostBytes = Math.min(getHeapStatistics().heap_size_limit / 4, 256 * 1024 * 1024);

export interface Holder {
  /** There is room again. */
  roomAgain(): void;
}

let heldBytes = 0;
let holders = 0;
const waiting = new Set<Holder>();

/** Over the mark nobody new is let in, and a connection that holds more than its share is not read from. */
export function isOverfull(): boolean {
  return heldBytes > mostBytes;
}

/** What each of those that hold anything may hold: who holds little goes on undisturbed whatever the others do. */
export function fairShareBytes(): number {
  return mostBytes / Math.max(1, holders);
}

/** A connection that held `before` holds `now`. */
export function account(before: number, now: number): void {
  heldBytes += now - before;
  if (before === 0 && now > 0) holders += 1;
  if (before > 0 && now === 0) holders -= 1;
  if (waiting.size === 0 || heldBytes > mostBytes / 2) return;
  const freed = [...waiting];
  waiting.clear();
  for (const holder of freed) holder.roomAgain();
}

/** Is told when the process holds half of what it may. */
export function awaitRoom(holder: Holder): void {
  waiting.add(holder);
}

export function awaitNoMore(holder: Holder): void {
  waiting.delete(holder);
}
