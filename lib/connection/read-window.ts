/** The window of one connection, which stops the reading while too much is between a chunk and the end of its answer. */
import type { TransportSocket } from '../transport/transport.js';
import { type Intake, itemCostBytes } from './intake.js';
import { account, awaitNoMore, awaitRoom, fairShareBytes, type Holder, isOverfull } from './process-window.js';

export class ReadWindow implements Holder {
  readonly #socket: TransportSocket;
  readonly #intake: Intake;
  readonly #highWaterMarkBytes: number;
  /** What operators have entered. */
  #enteredCost = 0;
  /** All that the window held when it was last looked at. */
  #cost = 0;
  #paused = false;

  constructor(socket: TransportSocket, intake: Intake, highWaterMarkBytes: number) {
    this.#socket = socket;
    this.#intake = intake;
    this.#highWaterMarkBytes = highWaterMarkBytes;
  }

  enter(bytes: number): void {
    this.#enteredCost += bytes + itemCostBytes;
  }

  leave(bytes: number): void {
    this.#enteredCost -= bytes + itemCostBytes;
  }

  /** Whether operators hold nothing. */
  get isSettled(): boolean {
    return this.#enteredCost === 0;
  }

  /** Whether the answer to another chunk finds room. */
  hasRoom(): boolean {
    return this.#outstandingCost() < this.#highWaterMarkBytes;
  }

  /** Pauses the reading over the high-water mark and resumes it under half of it, so that it does not flutter in between. */
  regulate(discarding: boolean): void {
    const cost = this.#outstandingCost() + this.#intake.cost;
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
    return this.#enteredCost + queuedBytes + queuedWrites * itemCostBytes;
  }
}
