/** The options of a socket in the words of Node. */
import type { SocketOptions } from '../transport.js';

/** A paused socket reads on until its buffer is over this mark: 65 536 chunks of one byte cost 20 MB (measured). */
const highWaterMark = 1;

export function nodeOptions({ noDelay, keepAliveMs }: SocketOptions) {
  const keepAlive = keepAliveMs !== Number.POSITIVE_INFINITY;
  return { allowHalfOpen: true, noDelay, keepAlive, keepAliveInitialDelay: keepAlive ? keepAliveMs : 0, highWaterMark };
}
