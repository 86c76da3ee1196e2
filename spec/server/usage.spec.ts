/** The usage that the event `listening` has: what a server uses of what it may use, whenever it is read. */
import { delay, filter, ignoreElements, map, of, switchMap, take, tap, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Handler, ServerEvent, ServerUsage } from '../../lib/index.js';
import { networks } from '../support/networks.js';
import { serving } from '../support/serving.js';

/** What a connection and an item cost the memory budget beside the bytes that are held. */
const connectionCostBytes = 8_192;
const itemCostBytes = 256;

const holds: Handler = (chunks$, connection) =>
  chunks$.pipe(
    tap((chunk) => connection.hold(chunk.length)),
    ignoreElements(),
  );

const usageIn = (events: readonly ServerEvent[]): ServerUsage => {
  const [listening] = events;
  if (listening?.type !== 'listening') throw new Error('It does not listen');
  return listening.usage;
};

describe.each(networks)('the usage of a server over the $name', ({ play }) => {
  it('counts the connections that are open beside their limit', async () => {
    const counted = await play((transport) =>
      serving(
        transport,
        (chunks$) => chunks$,
        { maxConnections: 3 },
        ({ peer, events, events$ }) => {
          const usage = usageIn(events);
          const counts = [usage.connections];
          const seen$ = events$.pipe(
            filter(({ type }) => type === 'opened' || type === 'closed'),
            take(4),
            map(() => usage.connections),
            toArray(),
            map((seen) => [...counts, ...seen, usage.maxConnections]),
          );
          const [first, second] = [peer(), peer()];
          events$
            .pipe(
              filter(({ type }) => type === 'opened'),
              take(2),
              toArray(),
            )
            .subscribe(() => {
              first.socket.end();
              second.socket.end();
            });
          return seen$;
        },
      ),
    );
    expect(counted).toEqual([[0, 1, 2, 1, 0, 3]]);
  });

  it('tells what its own memory budget is used for, and what was dropped above its limit', async () => {
    const memoryBudgetBytes = 3 * connectionCostBytes;
    const [seen] = await play((transport) =>
      serving(transport, holds, { memoryBudgetBytes }, ({ peer, events, events$ }) => {
        const usage = usageIn(events);
        const read = ({ memoryBytes, memoryLimitBytes }: ServerUsage) => [memoryBytes, memoryLimitBytes];
        const hoarder = peer();
        const reads = [read(usage)];
        return hoarder.when('connected').pipe(
          tap(() => hoarder.send('x'.repeat(20_000))),
          delay(50), // it is read
          tap(() => reads.push(read(usage))),
          tap(() => peer()),
          switchMap(() => events$),
          filter(({ type }) => type === 'dropped'),
          take(1),
          switchMap((dropped) => {
            hoarder.socket.reset();
            return events$.pipe(
              filter(({ type }) => type === 'closed'),
              take(1),
              map(() => ({ dropped, reads: [...reads, read(usage)] })),
            );
          }),
        );
      }),
    );
    expect(seen?.dropped).toMatchObject({ reason: 'memory' });
    const held = 20_000 + itemCostBytes;
    expect(seen?.reads).toEqual([
      [0, memoryBudgetBytes],
      [connectionCostBytes + held, memoryBudgetBytes],
      [0, memoryBudgetBytes],
    ]);
  });

  it('is part of the event as JSON shows it', async () => {
    const [json] = await play((transport) =>
      serving(
        transport,
        (chunks$) => chunks$,
        { maxConnections: 7 },
        ({ events }) => of(JSON.stringify(events[0])),
      ),
    );
    expect(JSON.parse(json ?? '')).toMatchObject({ usage: { connections: 0, maxConnections: 7, memoryBytes: 0 } });
  });
});
