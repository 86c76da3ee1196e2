/** Delays that are drawn from a range by a seed: the same connection waits as long again. */
import { createHash } from 'node:crypto';
import type { Connection } from '../index.js';

/** @returns the next delay of a connection, each value of the range as likely as any other */
export function randomDelay(minMs: number, maxMs: number, seed: number): (connection?: Connection) => number {
  const drawn = new WeakMap<Connection, number>();
  return (connection) => {
    if (connection === undefined) return minMs; // only without a server
    const count = drawn.get(connection) ?? 0;
    drawn.set(connection, count + 1);
    // By a hash, the delays of a connection do not depend on when others draw theirs.
    const hash = createHash('sha256').update(`${seed} ${connection.id} ${count}`).digest();
    return minMs + Math.floor((hash.readUInt32BE() / 2 ** 32) * (maxMs - minMs + 1));
  };
}
