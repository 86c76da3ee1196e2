/** What is of Node's network alone: reads into a buffer that all connections share. */
import net from 'node:net';
import { concatMap, from, lastValueFrom, of, tap, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { type NodeNetworkConfig, nodeNetwork } from '../../lib/index.js';
import { serving, text } from '../support/serving.js';

/** Takes from all handles what shared reads need, and gives it back. */
async function withoutUserBuffers<T>(work: () => Promise<T>): Promise<T> {
  const server = net.createServer().listen(0);
  let owner = (server as unknown as { _handle: object })._handle;
  while (!Object.hasOwn(owner, 'useUserBuffer')) owner = Object.getPrototypeOf(owner);
  const property = Object.getOwnPropertyDescriptor(owner, 'useUserBuffer') as PropertyDescriptor;
  server.close();
  Reflect.deleteProperty(owner, 'useUserBuffer');
  try {
    return await work();
  } finally {
    Object.defineProperty(owner, 'useUserBuffer', property);
  }
}

/** What a server answers to a word; its client does without shared reads. */
function answerOf(config: NodeNetworkConfig): Promise<string> {
  const plain = nodeNetwork({ sharedReads: false });
  const { listen } = nodeNetwork(config);
  const transport = { ...plain, listen };
  return lastValueFrom(
    serving(
      transport,
      (chunks$) => chunks$,
      {},
      ({ connect }) => of('word').pipe(connect(), text()),
    ),
  );
}

describe('nodeNetwork', () => {
  it('a chunk that a handler keeps is the same after later reads', async () => {
    const kept: Buffer[] = [];
    const words = Array.from({ length: 50 }, (_, index) => `word ${index}`);
    const keeping = serving(
      nodeNetwork(),
      (chunks$) => chunks$.pipe(tap((chunk) => kept.push(chunk))),
      {},
      ({ connect }) => from(words).pipe(concatMap((word) => of(word).pipe(connect(), text()))),
    );
    await lastValueFrom(keeping.pipe(toArray()));
    expect(kept.map(String)).toEqual(words);
  });

  it('serves in Node’s own way where handles are not as expected', async () => {
    expect(await withoutUserBuffers(() => answerOf({}))).toBe('word');
  });

  it.each([{ sharedRead: true }, { sharedReads: 1 }])('refuses %j', (config) => {
    expect(() => nodeNetwork(config as NodeNetworkConfig)).toThrow(TypeError);
    expect(() => nodeNetwork(config as NodeNetworkConfig)).toThrow('sharedReads');
  });
});
