/** Many replies, one system call: counted where Node's sockets call the system. */
import net from 'node:net';
import { identity, map, mergeMap, timer } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Handler, inOrder, withBackpressure } from '../../lib/index.js';
import { realNetworks } from '../support/networks.js';
import { serving } from '../support/serving.js';

/** Writes of all sockets, but for the empty ones that probe. */
let writes: number[] = [];
let restore: () => void;

/** What each of Node's TCP handles inherits its ways to write from. */
function handles(): Record<string, (...args: unknown[]) => unknown> {
  const { _handle: handle } = net.createServer().listen(0) as net.Server & { _handle: { close(): void } };
  handle.close();
  return Object.getPrototypeOf(Object.getPrototypeOf(handle));
}

/** A pipe, such as that between vitest's processes, has the same ways. */
const isOfTcp = (handle: object): boolean => handle.constructor.name === 'TCP';

beforeAll(() => {
  const prototype = handles();
  const { writeBuffer, writev } = prototype as { writeBuffer: () => unknown; writev: () => unknown };
  Object.assign(prototype, {
    writeBuffer(...args: [request: object, bytes: Uint8Array]) {
      if (isOfTcp(this) && args[1].length > 0) writes.push(args[1].length);
      return writeBuffer.apply(this, args as never);
    },
    writev(...args: [request: object, parts: readonly Uint8Array[]]) {
      if (isOfTcp(this)) writes.push(args[1].reduce((bytes, { length }) => bytes + length, 0));
      return writev.apply(this, args as never);
    },
  });
  restore = () => Object.assign(prototype, { writeBuffer, writev });
});

afterAll(() => restore());

const replies = 16;
const requests = '.'.repeat(replies);
const words = mergeMap((chunk: Buffer) => Array.from(chunk, () => 'word;'));
const bytes = replies * 'word;'.length;

/** Waits for a timer of its own, once for each chunk. */
const later = mergeMap((chunk: Buffer) => timer(5).pipe(map(() => chunk)));

const handlers: Record<string, Handler> = {
  'one delivery': (chunks$) => chunks$.pipe(words),
  'one callback of a timer': (chunks$) => chunks$.pipe(later, words),
  'one callback of a timer, each released': (chunks$, connection) =>
    chunks$.pipe(later, words, withBackpressure(identity, connection)),
  'the promises of one turn': (chunks$, connection) =>
    chunks$.pipe(
      words,
      inOrder(async (word) => word, connection),
    ),
};

describe.each(realNetworks)('the replies over the $name', ({ play }) => {
  it.each(Object.entries(handlers))('of %s leave in one system call', async (_, handler) => {
    await play((transport) =>
      serving(transport, handler, {}, ({ peer }) => {
        const client = peer();
        client.when('connected').subscribe(() => {
          writes = [];
          client.send(requests);
        });
        return client.whenReceived(bytes);
      }),
    );
    expect(writes).toEqual([replies, bytes]);
  });
});
