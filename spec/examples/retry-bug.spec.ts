/** examples/retry-bug.ts: a hundred seeds find the bug of one client, and marbles say what the other does instead. */
import { deepStrictEqual } from 'node:assert/strict';
import { ignoreElements, merge, tap } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { lines, memoryNetwork, tcpServer } from '../../lib/index.js';

type Example = typeof import('../../examples/retry-bug.js');

let example: Example;
let printed: string;

beforeAll(async () => {
  const log = vi.spyOn(console, 'log').mockReturnValue();
  example = await import('../../examples/retry-bug.js');
  printed = log.mock.calls.join('\n');
  log.mockRestore();
}, 60_000);

/** Each diagram is a connection: what the server answers, its FIN (|), its crash (#). Returns the numbers of the requests. */
function requests(client: keyof Example, connections: readonly string[], expected: string): string[] {
  const ids: string[] = [];
  new TestScheduler(deepStrictEqual).run(({ cold, expectObservable }) => {
    const server = { port: 7, transport: memoryNetwork() };
    const served$ = tcpServer(server, (chunks$, { id }) => {
      const taken$ = chunks$.pipe(
        lines(),
        tap((line) => ids.push(String(line))),
        ignoreElements(),
      );
      return merge(taken$, cold(connections[id - 1] ?? '-', { a: '1\n' }));
    });
    served$.subscribe(() => {});
    expectObservable(example[client](server)).toBe(expected, { a: 1 });
  });
  return ids;
}

describe('examples/retry-bug.ts', () => {
  it('finds the bug with many of a hundred seeds, and none once it is fixed', () => {
    expect(printed).toMatch(
      /^[1-9]\d* of 100 seeds fail\nThe simulation failed after \d+ ms: the sum is 2 and not 1\n/,
    );
    expect(printed).toMatch(/\n0 of 100 seeds fail$/);
  });

  const connections = ['10ms #', '3s (a|)', '(a|)'];
  const expected = '3010ms (a|)'; // two retries, each 500 ms after a failure; a wait of 2 s for an answer

  it('the client with the bug gives each attempt a number of its own', () => {
    expect(new Set(requests('increment', connections, expected)).size).toBe(3);
  });

  it('the one without asks three times with one number', () => {
    const ids = requests('incrementOnce', connections, expected);
    expect([ids.length, new Set(ids).size]).toEqual([3, 1]);
  });
});
