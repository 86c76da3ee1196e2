/** What all connections of the process may hold together: small amounts must not add up to a process without memory. */
import { getHeapStatistics } from 'node:v8';

/**
 * A quarter of the heap, since many small items cost most and those are on it; 256 MiB at most, since Buffers are not on it. A
 * process that has loaded the package twice has two budgets.
 */
const budgetBytes = Math.min(getHeapStatistics().heap_size_limit / 4, 256 * 1024 * 1024);

export interface Holder {
  /** The process holds less again. */
  roomAgain(): void;
}

let heldBytes = 0;
let holders = 0;
const waiting = new Set<Holder>();

/** Over budget no connection is accepted, and one that holds more than its fair share is not read from. */
export function isOverBudget(): boolean {
  return heldBytes > budgetBytes;
}

/** What each connection that holds anything may hold: one that holds little goes on whatever the others do. */
export function fairShareBytes(): number {
  return budgetBytes / Math.max(1, holders);
}

/** A connection that held `before` holds `now`. */
export function account(before: number, now: number): void {
  heldBytes += now - before;
  if (before === 0 && now > 0) holders += 1;
  if (before > 0 && now === 0) holders -= 1;
  if (waiting.size === 0 || heldBytes > budgetBytes / 2) return;
  const freed = [...waiting];
  waiting.clear();
  for (const holder of freed) holder.roomAgain();
}

/** `holder` is told once the process holds less than half of its budget. */
export function awaitRoom(holder: Holder): void {
  waiting.add(holder);
}

export function awaitNoMore(holder: Holder): void {
  waiting.delete(holder);
}
