/** What a connection holds is bounded, and its reading pauses for no other reason. */
import fc from 'fast-check';
import { delay, type Observable, of, tap } from 'rxjs';
import { describe, expect, it } from 'vitest';
import {
  type Connection,
  type FlowWindow,
  type Handler,
  inOrder,
  type Transport,
  withBackpressure,
} from '../../lib/index.js';
import { deed, perform } from './deeds.js';
import { runs } from './runs.js';
import { onStage } from './stage.js';
import { type WatchedSocket, type Watcher, watched } from './watched-network.js';

/** What an item counts beside its bytes; the documentation of `FlowWindow` says so. */
const itemCostBytes = 256;

/** What one connection holds, counted from outside: the model. */
class Holdings implements Watcher, FlowWindow {
  socket: WatchedSocket | undefined;
  connection: Connection | undefined;
  /** Cost of what an operator has entered. */
  entered = 0;
  /** The number of pieces in which the connection holds what its reader has not taken. */
  pieces = 0;
  /** The peer has ended: from then on there is nothing that a pause could hold back. */
  ended = false;
  readonly wrong: string[] = [];
  readonly #markBytes: number;

  constructor(markBytes: number) {
    this.#markBytes = markBytes;
  }

  get cost(): number {
    const { queuedBytes = 0, queuedWrites = 0 } = this.socket ?? {};
    const held = this.connection?.bytesHeld ?? 0;
    return this.entered + queuedBytes + (queuedWrites + this.pieces) * itemCostBytes + held;
  }

  chunk(socket: WatchedSocket): void {
    this.socket = socket;
    if (socket.isPaused) this.wrong.push('a chunk while paused');
    this.pieces += 1;
  }

  /** What was held is one piece once any of it is taken. */
  taken(): void {
    this.pieces = this.connection?.bytesHeld === 0 ? 0 : 1;
  }

  hold(bytes: number): void {
    this.entered += bytes + itemCostBytes;
    this.connection?.hold(bytes);
  }

  release(bytes: number): void {
    this.entered -= bytes + itemCostBytes;
    this.connection?.release(bytes);
  }

  paused(): void {
    if (this.cost <= this.#markBytes) this.wrong.push(`paused at ${this.cost}`);
  }

  /** Whether reading is paused though it could go on. A transport tells of room once all that was written is taken. */
  get isLate(): boolean {
    return this.socket?.isPaused === true && this.socket.queuedBytes === 0 && this.cost < this.#markBytes / 2;
  }

  /** At rest. */
  check(mostChunkBytes: number): void {
    expect(this.wrong).toEqual([]);
    if (this.socket === undefined || this.socket.isClosed || this.ended) return;
    const { cost } = this;
    expect(cost).toBeLessThanOrEqual(this.#markBytes + mostChunkBytes + itemCostBytes);
    const { isPaused } = this.socket;
    if (cost > this.#markBytes) expect({ cost, isPaused }).toEqual({ cost, isPaused: true });
    if (this.isLate) expect({ cost, isPaused }).toEqual({ cost, isPaused: false });
  }

  resumed(): void {
    if (!this.ended && this.cost >= this.#markBytes / 2) this.wrong.push(`resumed at ${this.cost}`);
  }
}

type Operator = (chunks$: Observable<Buffer>, window: FlowWindow) => Observable<Buffer>;

const operators: Record<string, Operator> = {
  'are passed through': (chunks$) => chunks$,
  'wait in a window': (chunks$, window) => chunks$.pipe(withBackpressure(delay(5), window)),
  'are answered one by one': (chunks$, window) =>
    chunks$.pipe(inOrder((chunk, index) => of(chunk).pipe(delay(index % 4)), window)),
};

const limits = fc.record({
  markBytes: fc.integer({ min: 1, max: 8_000 }),
  bufferBytes: fc.integer({ min: 1, max: 4_000 }),
  latencyMs: fc.nat(2),
});

describe.each(Object.entries(operators))('a connection whose chunks %s', (_, operator) => {
  it('holds at most its high-water mark and a chunk, and is paused exactly from above the mark to below half of it', () => {
    const property = fc.property(
      fc.array(deed, { maxLength: 40, size: '+1' }),
      limits,
      (deeds, { markBytes, ...network }) => {
        const holdings = new Holdings(markBytes);
        const handler: Handler = (chunks$, connection) => {
          holdings.connection = connection;
          return operator(chunks$.pipe(tap(() => holdings.taken())), holdings);
        };
        const server = { highWaterMarkBytes: markBytes, writeTimeoutMs: Number.POSITIVE_INFINITY };
        const setting = { handler, server, network, around: (memory: Transport) => watched(memory, holdings) };
        onStage(setting, (stage) => {
          const client = stage.peer();
          for (const each of deeds) {
            if (each.do === 'fin') holdings.ended = true;
            perform(each, stage, client);
            // News of room is on its way as long as bytes are, and meanwhile a reply that was held may fill it again.
            for (let tries = 0; tries < 5 && holdings.isLate; tries += 1) stage.clock.advance(network.latencyMs);
            holdings.check(network.bufferBytes);
          }
        });
      },
    );
    fc.assert(property, runs(250));
  });
});
