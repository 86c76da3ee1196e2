/** What connections may hold together: small amounts must not add up to a process without memory. */
import { containerMemoryBytes } from './container-memory.js';
import { oldGenerationBytes } from './old-generation.js';

/**
 * What a connection costs on the heap beside what it holds. Measured on Node 20 to 26: 2.2 KB with a synchronous handler, 8.2 KB
 * with a delay for each chunk.
 */
const connectionCostBytes = 8_192;

/** What Node and a small program with this package keep in the old generation: 6 to 9 MiB on Node 20 to 26 (measured). */
const programBytes = 8 * 1_048_576;

export interface Holder {
  /** There is room again. */
  roomAgain(): void;
}

export class MemoryBudget {
  readonly #bytes: number;
  readonly #mostHeldBytes: number;
  #connections = 0;
  /** Connections that hold anything. */
  #holders = 0;
  #heldBytes = 0;
  readonly #waiting = new Set<Holder>();

  /** `bytes` for connections and what they hold, of which `mostHeldBytes` for what they hold. */
  constructor(bytes: number, mostHeldBytes = bytes) {
    this.#bytes = bytes;
    this.#mostHeldBytes = Math.min(bytes, mostHeldBytes);
  }

  /** Over budget no connection is accepted, and one that holds more than its fair share is not read from. */
  get isOver(): boolean {
    return this.#heldBytes > this.#roomBytes();
  }

  /** What connections take, and what they hold. */
  get usedBytes(): number {
    return this.#connections * connectionCostBytes + this.#heldBytes;
  }

  /** The budget is over once more than this is used. It grows with the connections while `mostHeldBytes` is the limit. */
  get limitBytes(): number {
    return this.#connections * connectionCostBytes + this.#roomBytes();
  }

  /** What each connection that holds anything may hold: one that holds little goes on whatever the others do. */
  get fairShareBytes(): number {
    return this.#mostHeldBytes / Math.max(1, this.#holders);
  }

  addConnection(): void {
    this.#connections += 1;
  }

  removeConnection(): void {
    this.#connections -= 1;
    this.#tellRoom();
  }

  /** A connection that held `before` holds `now`. */
  account(before: number, now: number): void {
    this.#heldBytes += now - before;
    if (before === 0 && now > 0) this.#holders += 1;
    if (before > 0 && now === 0) this.#holders -= 1;
    this.#tellRoom();
  }

  /** `holder` is told once no more than half of the room is held. */
  awaitRoom(holder: Holder): void {
    this.#waiting.add(holder);
  }

  awaitNoMore(holder: Holder): void {
    this.#waiting.delete(holder);
  }

  #tellRoom(): void {
    if (this.#waiting.size === 0 || this.#heldBytes > this.#roomBytes() / 2) return;
    const freed = [...this.#waiting];
    this.#waiting.clear();
    for (const holder of freed) holder.roomAgain();
  }

  /** What the connections themselves leave. */
  #roomBytes(): number {
    return Math.min(this.#mostHeldBytes, this.#bytes - this.#connections * connectionCostBytes);
  }
}

/**
 * Of all servers of the process that have none of their own. A quarter of what the program leaves of the old generation: connections
 * are accepted while less is taken, and may then hold as much again in fair shares. The other half is for what costs more than it
 * counts for, and for garbage: V8 ends a process when its heap is nearly full. 256 MiB at most are held, since Buffers are not on the heap.
 * A process that has loaded the package twice has two budgets.
 */
export const sharedBudget = new MemoryBudget(heapBytes() / 4, 256 * 1_048_576);

/**
 * In a container at most half of its memory: Node itself, young objects, Buffers, and sockets in the kernel take the other half. V8
 * would use 256 MiB of any container, and as much of it as a flag says.
 */
function heapBytes(): number {
  return Math.min(oldGenerationBytes() - programBytes, containerMemoryBytes() / 2);
}
