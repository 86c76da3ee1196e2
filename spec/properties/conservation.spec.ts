/** A client receives what it sent: whole, however it is split, and beside any other clients. */
import fc from 'fast-check';
import { concat, defer, forkJoin, ignoreElements, map, type Observable, take, tap, timer } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { echo, type Handler, inOrder, memoryNetwork, type Transport } from '../../lib/index.js';
import { networks } from '../support/networks.js';
import { type Serving, serving } from '../support/serving.js';
import { noiseAt, slice } from './noise.js';
import { runs } from './runs.js';

/** Handlers that answer each byte with itself, each in its own time. */
const handlers: Record<string, Handler> = {
  'at once': (chunks$) => chunks$,
  'after a delay for the connection': echo({ delayMs: 7, reply: 'raw' }),
  'after a delay for each chunk': echo({ delayMs: 3, delayPer: 'chunk', reply: 'raw' }),
  'after unequal delays, in order': (chunks$, connection) =>
    chunks$.pipe(inOrder((chunk, index) => timer(index % 3).pipe(map(() => chunk)), connection)),
  'to two readers, one after the other': (chunks$) => concat(chunks$.pipe(take(1)), chunks$),
};

const handlerName = fc.constantFrom(...Object.keys(handlers));

/** What one client does. */
interface Talk {
  /** The cuts of what it sends, each that long after the one before. */
  readonly pieces: readonly { readonly waitMs: number; readonly data: Buffer }[];
  /** Ends its side when all is sent, rather than when all has come back. */
  readonly halfCloses: boolean;
  /** Does not read before that. */
  readonly readsAfterMs: number;
}

const talk = fc.record({
  pieces: fc.array(fc.record({ waitMs: fc.nat(4), data: fc.oneof(slice(40), slice(70_000)).map(noiseAt) }), {
    maxLength: 6,
  }),
  halfCloses: fc.boolean(),
  readsAfterMs: fc.oneof(fc.constant(0), fc.nat(20)),
});

const server = fc.record({
  maxChunkBytes: fc.constantFrom(1_024, 65_536, Number.POSITIVE_INFINITY),
  highWaterMarkBytes: fc.constantFrom(1, 600, 65_536, Number.POSITIVE_INFINITY),
});

const memory = fc.record({ latencyMs: fc.nat(3), bufferBytes: fc.constantFrom(1_000, 65_536, 1_000_000) });

/** Emits what came back. */
function talked({ peer }: Serving, { pieces, halfCloses, readsAfterMs }: Talk): Observable<string> {
  const client = peer();
  const bytes = pieces.reduce((sum, { data }) => sum + data.length, 0);
  if (readsAfterMs > 0) client.socket.pause();
  timer(readsAfterMs).subscribe(() => client.socket.resume());
  const send$ = concat(
    client.when('connected'),
    ...pieces.map(({ waitMs, data }) => timer(waitMs).pipe(tap(() => client.socket.write(data)))),
  );
  const end$ = defer(() => {
    if (halfCloses) client.socket.end();
    return halfCloses ? client.when('ended') : client.whenReceived(bytes);
  });
  return concat(send$.pipe(ignoreElements()), end$).pipe(map(() => client.received));
}

const sentIn = ({ pieces }: Talk): string => Buffer.concat(pieces.map(({ data }) => data)).toString('latin1');

/** Text in pieces, with lines and other things for a handler to find. */
const text = fc.string({ unit: fc.constantFrom('a', 'b', '\n'), maxLength: 200 });

/** Answers each line, and what is left in the end, with its number and itself; a line may come in many chunks. */
const numberedLines: Handler = (chunks$) =>
  defer(() => {
    let number = 0;
    let rest = '';
    const numbered = (line: string): string => {
      number += 1;
      return `${number}:${line};`;
    };
    const lines$ = chunks$.pipe(
      map((chunk) => {
        const lines = `${rest}${chunk}`.split('\n');
        rest = lines.pop() as string;
        return lines.map(numbered).join('');
      }),
    );
    return concat(
      lines$,
      defer(() => [numbered(rest)]),
    );
  });

function inPieces(text: string, cuts: readonly number[], waitMs: number): Talk {
  const at = [...new Set([0, ...cuts.map((cut) => Math.min(cut, text.length)), text.length])].sort((a, b) => a - b);
  const pieces = at.slice(1).map((end, index) => ({ waitMs, data: Buffer.from(text.slice(at[index], end)) }));
  return { pieces, halfCloses: true, readsAfterMs: 0 };
}

const cuts = fc.array(fc.nat(200), { maxLength: 6 });

describe.each(networks)('the bytes of a connection over the $name', ({ name, play }) => {
  const isReal = name !== 'memory network';
  const count = isReal ? 8 : 250;

  it('come back whole and in order, with any handler and any pace of reading', async () => {
    const property = fc.asyncProperty(talk, handlerName, server, memory, async (talk, handler, config, network) => {
      const replies = await play((transport) =>
        serving(isReal ? transport : memoryNetwork(network), handlers[handler] as Handler, config, (server) =>
          talked(server, talk),
        ),
      );
      expect(replies).toEqual([sentIn(talk)]);
    });
    await fc.assert(property, runs(count));
  });

  it('mean the same to a handler that frames them, however they are split', async () => {
    const answer = (talk: Talk, maxChunkBytes: number) =>
      play((transport: Transport) =>
        serving(transport, numberedLines, { maxChunkBytes }, (server) => talked(server, talk)),
      );
    const property = fc.asyncProperty(text, cuts, fc.integer({ min: 1, max: 9 }), async (text, cuts, maxChunkBytes) => {
      const whole = await answer(inPieces(text, [], 0), Number.POSITIVE_INFINITY);
      expect(await answer(inPieces(text, cuts, 1), maxChunkBytes)).toEqual(whole);
    });
    await fc.assert(property, runs(count));
  });

  it('are the same beside other connections as alone', async () => {
    const answers = (talks: readonly Talk[]) =>
      play((transport) =>
        serving(transport, numberedLines, {}, (server) => forkJoin(talks.map((talk) => talked(server, talk)))),
      );
    const talks = fc.array(
      fc.tuple(text, cuts, fc.nat(2)).map(([text, cuts, waitMs]) => inPieces(text, cuts, waitMs)),
      { minLength: 2, maxLength: 4 },
    );
    const property = fc.asyncProperty(talks, async (talks) => {
      const alone: string[] = [];
      for (const talk of talks) alone.push(...((await answers([talk]))[0] as string[]));
      expect(await answers(talks)).toEqual([alone]);
    });
    await fc.assert(property, runs(isReal ? 5 : 250));
  });
});
