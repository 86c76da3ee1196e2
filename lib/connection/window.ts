/** The window of one connection, which stops the reading while too much is between a chunk and the end of its answer. */
import type { TransportSocket } from '../transport/transport.js';
import { type Inbound, itemCostBytes } from './inbound.js';
import { account, awaitNoMore, awaitRoom, fairShareBytes, type Holder, isOverfull } from './memory-budget.js';

export class ConnectionWindow implements Holder {
  readonly #socket: TransportSocket;
  readonly #inbound: Inbound;
  readonly #highWaterMarkBytes: number;
  /** What operators have entered. */
  #operatorsCost = 0;
  /** All that the window held when it was last looked at. */
  #cost = 0;
  #paused = false;

  constructor(socket: TransportSocket, inbound: Inbound, highWaterMarkBytes: number) {
    this.#socket = socket;
    this.#inbound = inbound;
    this.#highWaterMarkBytes = highWaterMarkBytes;
  }

  hold(bytes: number): void {
    this.#operatorsCost += bytes + itemCostBytes;
  }

  release(bytes: number): void {
    this.#operatorsCost -= bytes + itemCostBytes;
  }

  /** Whether operators hold nothing. */
  get isSettled(): boolean {
    return this.#operatorsCost === 0;
  }

  /** Whether the answer to another chunk finds room. */
  hasRoom(): boolean {
    return this.#outstandingCost() < this.#highWaterMarkBytes;
  }

  /** Pauses the reading over the high-water mark and resumes it under half of it, so that it does not flutter in between. */
  regulate(discarding: boolean): void {
    const cost = this.#outstandingCost() + this.#inbound.cost;
    const before = this.#cost;
    this.#cost = cost;
    if (cost !== before) account(before, cost);
    const mark = isOverfull() ? Math.min(this.#highWaterMarkBytes, fairShareBytes()) : this.#highWaterMarkBytes;
    if (!this.#paused && !discarding && cost > mark) {
      this.#paused = true;
      this.#socket.pause();
      if (isOverfull()) awaitRoom(this);
    } else if (this.#paused && (discarding || cost < mark / 2)) {
      this.#paused = false;
      this.#socket.resume();
    }
  }

  roomAgain(): void {
    this.regulate(false);
  }

  close(): void {
    awaitNoMore(this);
    const cost = this.#cost;
    this.#cost = 0;
    account(cost, 0);
  }

  /** What is between a chunk's delivery and the system's taking of its answer. */
  #outstandingCost(): number {
    const { queuedBytes, queuedWrites } = this.#socket;
    return this.#operatorsCost + queuedBytes + queuedWrites * itemCostBytes;
  }
}
