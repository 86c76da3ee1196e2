/** One direction of a faulty connection: its faults, one behind the other, and an exit that can be paused. */
import Queue from 'yocto-queue';
import { end, type Item, sizeOf } from './fault.js';
import { type FaultyConnection, type Receiver, Station, type Strike } from './station.js';

/** What a long link carries at most: a quarter of the largest send buffer that Linux makes by itself (tcp_wmem, tcp(7)). */
const windowBytes = 1_048_576;

/** What may wait before the sender is to wait: as much as a connection lets its handler hold. Half of it, until it may go on. */
const highWaterMarkBytes = 65_536;

export class Direction {
  /** Taken and not delivered. */
  #heldBytes = 0;
  isEndHeld = false;
  isPaused = false;
  readonly #connection: FaultyConnection;
  readonly #deliver: (item: Item) => void;
  /** In order; an item goes from one to the next, then to the exit. */
  #stations: readonly Station[] = [];
  readonly #exit: Receiver = { take: (item) => this.#arrive(item) };
  /** At the exit, while it is paused. */
  readonly #arrived = new Queue<Item>();
  #isFull = false;
  #hasEnded = false;
  #isResuming = false;
  #isStopped = false;

  constructor(connection: FaultyConnection, deliver: (item: Item) => void) {
    this.#connection = connection;
    this.#deliver = deliver;
  }

  /** What travels through a fault, and counts as sent. */
  get inFlightBytes(): number {
    const bytes = this.#stations.reduce((sum, station) => sum + station.inFlightBytes, 0);
    return Math.min(bytes, windowBytes);
  }

  /** What a fault keeps back, or a paused exit. */
  get waitingBytes(): number {
    return this.#heldBytes - this.inFlightBytes;
  }

  /** Whether the sender is to wait. */
  get isFull(): boolean {
    this.#isFull = this.isPaused || this.waitingBytes > (this.#isFull ? highWaterMarkBytes / 2 : highWaterMarkBytes);
    return this.#isFull;
  }

  /** No fault strikes. */
  get isClear(): boolean {
    return this.#stations.length === 0;
  }

  /** From now on these faults strike. One that did before goes on as it is; what the others hold is passed on. */
  strike(strikes: readonly Strike[]): void {
    if (this.#isStopped) return;
    const before = this.#stations;
    let kept = 0;
    const after = strikes.map((strike) => {
      // Only in the order of before: items would overtake each other.
      const index = before.findIndex((station, place) => place >= kept && station.fault === strike.fault);
      if (index < 0) return new Station(strike, this.#connection, this.#exit);
      kept = index + 1;
      return before[index] as Station;
    });
    this.#stations = after;
    const over = before.filter((station) => !after.includes(station));
    chain(before, this.#exit, (station) => after.includes(station));
    chain(after, this.#exit);
    for (const station of over.toReversed()) station.release(); // what is ahead goes first
  }

  take(item: Item): void {
    if (this.#hasEnded || this.#isStopped) return;
    if (item === end) this.#hasEnded = this.isEndHeld = true;
    this.#heldBytes += sizeOf(item);
    (this.#stations[0] ?? this.#exit).take(item);
  }

  resume(): void {
    this.isPaused = false;
    if (this.#isResuming) return; // by what is being delivered
    this.#isResuming = true;
    while (!this.isPaused && this.#arrived.size > 0) this.#leave(this.#arrived.dequeue() as Item);
    this.#isResuming = false;
  }

  /** Takes out what is held. The faults are over. */
  withdraw(): Uint8Array[] {
    const wasPaused = this.isPaused;
    this.isPaused = true;
    this.strike([]);
    const items = [...this.#arrived.drain()];
    this.isPaused = wasPaused;
    this.#heldBytes = 0;
    this.isEndHeld = false;
    return items.filter((item) => item !== end);
  }

  /** Nothing is delivered any more. What is held waits for good. */
  stop(): void {
    this.#isStopped = true;
    for (const station of this.#stations) station.stop();
    this.#stations = [];
    this.#arrived.clear();
  }

  #arrive(item: Item): void {
    if (this.#isStopped) return;
    if (this.isPaused || this.#arrived.size > 0) this.#arrived.enqueue(item);
    else this.#leave(item);
  }

  #leave(item: Item): void {
    if (item === end) this.isEndHeld = false;
    this.#heldBytes -= sizeOf(item);
    this.#deliver(item);
  }
}

/** Sets for each station what comes next: the nearest one behind it that `isIncluded`, or the exit. */
function chain(stations: readonly Station[], exit: Receiver, isIncluded = (_: Station) => true): void {
  let next = exit;
  for (const station of stations.toReversed()) {
    station.next = next;
    if (isIncluded(station)) next = station;
  }
}
