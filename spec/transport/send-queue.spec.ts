/** What waits to be sent: in order, in pieces that fit, and counted. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SendQueue } from '../../lib/transport/send-queue.js';

/** A queue, and the writes that it should hold. */
interface Pair {
  readonly queue: SendQueue;
  held: Uint8Array[];
}

const bytesOf = (writes: readonly Uint8Array[]) => writes.reduce((sum, { length }) => sum + length, 0);

/** Takes from the model. */
function taken(pair: Pair, mostBytes: number): Uint8Array[] {
  const parts: Uint8Array[] = [];
  for (let room = mostBytes; room > 0 && pair.held.length > 0; ) {
    const [first, ...others] = pair.held as [Uint8Array, ...Uint8Array[]];
    parts.push(first.subarray(0, room));
    pair.held = first.length > room ? [first.subarray(room), ...others] : others;
    room -= first.length;
  }
  return parts;
}

describe('a send queue', () => {
  it('gives its own writes, in order, up to as many bytes as are asked for, and counts the others', () => {
    const act = fc.record({
      who: fc.nat(1),
      what: fc.oneof(fc.uint8Array({ maxLength: 5 }), fc.integer({ min: 1, max: 12 })),
    });
    const property = fc.property(fc.array(act, { maxLength: 40 }), (acts) => {
      const pairs = [0, 1].map((): Pair => ({ queue: new SendQueue(), held: [] }));
      for (const { who, what } of acts) {
        const pair = pairs[who] as Pair;
        if (typeof what === 'number') expect(pair.queue.take(what)).toEqual(taken(pair, what));
        else pair.queue.push(what);
        if (typeof what === 'object' && what.length > 0) pair.held = [...pair.held, what];
        expect([pair.queue.bytes, pair.queue.writes]).toEqual([bytesOf(pair.held), pair.held.length]);
      }
    });
    fc.assert(property);
  });

  it('throws for a write that is no longer in this thread', () => {
    const queue = new SendQueue();
    queue.push(Uint8Array.of(1));
    const lost = Uint8Array.of(2, 3);
    queue.push(lost);
    structuredClone(lost, { transfer: [lost.buffer] });
    expect(() => queue.take(2)).toThrow('a buffer was transferred to another thread before it was sent');
  });
});
