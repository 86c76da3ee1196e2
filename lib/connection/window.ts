/** The flow control of one connection: stops reading while too much is between a chunk and the end of its answer. */
import type { TransportSocket } from '../transport/transport.js';
import type { Holder, MemoryBudget } from './memory-budget.js';

/** What an item costs to hold beside its bytes: a Buffer and its place in a queue, in `delayEach` in two of them (measured: 200 to 365 bytes). */
export const itemCostBytes = 256;

export class ConnectionWindow implements Holder {
  readonly #socket: TransportSocket;
  readonly #highWaterMarkBytes: number;
  readonly #budget: MemoryBudget;
  /** Of what operators hold. */
  #operatorsCost = 0;
  /** Of the chunks that wait for a reader. */
  #chunksCost = 0;
  /** Of all together, as the memory budget knows it. */
  #accountedCost = 0;
  #isPaused = false;
  /** What the connection's chunks go to has no room. */
  isBlocked = false;

  constructor(socket: TransportSocket, highWaterMarkBytes: number, budget: MemoryBudget) {
    this.#socket = socket;
    this.#highWaterMarkBytes = highWaterMarkBytes;
    this.#budget = budget;
    budget.addConnection();
  }

  hold(bytes: number): void {
    this.#operatorsCost += bytes + itemCostBytes;
  }
  release(bytes: number): void {
    this.#operatorsCost -= bytes + itemCostBytes;
  }

  /** Whether operators hold nothing. */
  get isEmpty(): boolean {
    return this.#operatorsCost === 0;
  }

  /** Whether there is room for the answer to another chunk. */
  hasRoom(): boolean {
    return !this.isBlocked && this.#outstandingCost() < this.#highWaterMarkBytes;
  }

  /** Pauses reading over the high-water mark and resumes it under half of it: in between it stays as it is. */
  regulate(chunksCost: number, isDiscarding: boolean): void {
    this.#chunksCost = chunksCost;
    const cost = this.#outstandingCost() + chunksCost;
    this.#account(cost);
    const { isOver, fairShareBytes } = this.#budget;
    const mark = isOver ? Math.min(this.#highWaterMarkBytes, fairShareBytes) : this.#highWaterMarkBytes;
    if (!this.#isPaused && !isDiscarding && (this.isBlocked || cost > mark)) {
      this.#isPaused = true;
      this.#socket.pause();
      if (isOver) this.#budget.awaitRoom(this);
    } else if (this.#isPaused && (isDiscarding || (!this.isBlocked && cost < mark / 2))) {
      this.#isPaused = false;
      this.#socket.resume();
    }
  }

  roomAgain(): void {
    this.regulate(this.#chunksCost, false);
  }

  close(): void {
    this.#budget.awaitNoMore(this);
    this.#account(0);
    this.#budget.removeConnection();
  }

  #account(cost: number): void {
    const before = this.#accountedCost;
    if (cost === before) return;
    this.#accountedCost = cost;
    this.#budget.account(before, cost);
  }

  /** From a chunk's delivery until the kernel has taken its answer. */
  #outstandingCost(): number {
    const { queuedBytes, queuedWrites } = this.#socket;
    return this.#operatorsCost + queuedBytes + queuedWrites * itemCostBytes;
  }
}
