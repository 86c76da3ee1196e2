import { concat, delay, interval, map, mergeMap, of, race, switchMap, take, takeUntil, tap, timer } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { echo, type Handler, memoryNetwork, type TcpServerConfig } from '../../lib/index.js';
import { withKernel } from '../support/kernel.js';
import { networks, realNetworks } from '../support/networks.js';
import { serving, text } from '../support/serving.js';
import { until } from '../support/until.js';
import { inVirtualTime } from '../support/virtual-time.js';

const identity: Handler = (chunks$) => chunks$;

describe.each(networks)('half-close over the $name', ({ play }) => {
  it('a peer that ends its side during the delay of its connection gets its reply, then FIN', async () => {
    const got = await play((transport) =>
      serving(transport, echo({ delayMs: 30, reply: 'raw' }), {}, ({ connect }) => of('hello').pipe(connect(), text())),
    );
    expect(got).toEqual(['hello']);
  });

  it('a peer that ends its side during the delay of its chunk gets its reply, then FIN', async () => {
    const config = { delayMs: 30, delayPer: 'chunk', reply: 'raw' } as const;
    const got = await play((transport) =>
      serving(transport, echo(config), {}, ({ connect }) => of('hello').pipe(connect(), text())),
    );
    expect(got).toEqual(['hello']);
  });

  it('a peer that ends its side and has sent nothing gets FIN', async () => {
    const got = await play((transport) =>
      serving(transport, identity, {}, ({ connect }) => of().pipe(connect(), text())),
    );
    expect(got).toEqual(['']);
  });

  it('what arrives before the first reader subscribes is delivered as one chunk', async () => {
    let held = () => 0;
    const holds = (bytes: number) => until(() => held() === bytes);
    const handler: Handler = (chunks$, connection) => {
      held = () => connection.bytesHeld;
      return holds(3).pipe(switchMap(() => chunks$.pipe(map((chunk) => `<${chunk}>`))));
    };
    const eachAlone$ = concat(of('a'), holds(1).pipe(map(() => 'b')), holds(2).pipe(map(() => 'c')));
    const got = await play((transport) =>
      serving(transport, handler, {}, ({ connect }) => eachAlone$.pipe(connect(), text())),
    );
    expect(got).toEqual(['<abc>']);
  });

  it('a read longer than maxChunkBytes is answered in pieces of that size', async () => {
    const got = await play((transport) =>
      serving(transport, echo({ delayMs: 0, reply: '<{data}>' }), { maxChunkBytes: 4 }, ({ connect }) =>
        of('abcdefghij').pipe(connect(), text()),
      ),
    );
    expect(got).toEqual(['<abcd><efgh><ij>']);
  });

  it('a handler that completes first ends the server’s side, and what the peer still sends is read and discarded', async () => {
    const [closed] = await play((transport) =>
      serving(
        transport,
        (chunks$) => chunks$.pipe(take(1)),
        {},
        ({ peer, closed$ }) => {
          const client = peer();
          client.send('one');
          return client.when('ended').pipe(
            tap(() => client.send('two')),
            tap(() => client.socket.end()),
            switchMap(() => client.when('closed')),
            switchMap(() => closed$),
            take(1),
            map(({ reason, bytesRead, bytesWritten }) => ({
              reason,
              bytesRead,
              bytesWritten,
              received: client.received,
            })),
          );
        },
      ),
    );
    expect(closed).toEqual({ reason: 'ended', bytesRead: 6, bytesWritten: 3, received: 'one' });
  });

  it('a reader that outlives the replies goes on receiving chunks after the server’s FIN', async () => {
    const read: string[] = [];
    const handler: Handler = (chunks$) => {
      chunks$.subscribe((chunk) => read.push(String(chunk)));
      return of('bye');
    };
    await play((transport) =>
      serving(transport, handler, {}, ({ peer, closed$ }) => {
        const client = peer();
        return client.when('ended').pipe(
          tap(() => client.send('still here')),
          tap(() => client.socket.end()),
          switchMap(() => closed$),
          take(1),
        );
      }),
    );
    expect(read.join('')).toBe('still here');
  });

  it('a peer that never ends its side is closed after halfCloseTimeoutMs', async () => {
    const reasons = await play((transport) =>
      serving(
        transport,
        () => of('bye'),
        { halfCloseTimeoutMs: 40 },
        ({ peer, closed$ }) => {
          peer();
          return closed$.pipe(
            take(1),
            map(({ reason, durationMs }) => [reason, durationMs >= 40]),
          );
        },
      ),
    );
    expect(reasons).toEqual([['half-closed', true]]);
  });

  it('a handler that replies later than halfCloseTimeoutMs after its peer has ended is not cut off', async () => {
    const got = await play((transport) =>
      serving(
        transport,
        (chunks$) => chunks$.pipe(delay(120)),
        { halfCloseTimeoutMs: 40 },
        ({ connect }) => of('x').pipe(connect(), text()),
      ),
    );
    expect(got).toEqual(['x']);
  });

  it('a handler that goes on replying for longer than halfCloseTimeoutMs after its peer has ended is not cut off', async () => {
    const handler: Handler = (chunks$) =>
      chunks$.pipe(
        mergeMap(() =>
          interval(20).pipe(
            take(6),
            map((n) => `${n}`),
          ),
        ),
      );
    const got = await play((transport) =>
      serving(transport, handler, { halfCloseTimeoutMs: 60 }, ({ connect }) => of('x').pipe(connect(), text())),
    );
    expect(got).toEqual(['012345']);
  });
});

/** The server has ended its side, the peer has not: a reset would drop what the kernel still holds for the peer. */
describe('a half-closed connection', () => {
  const halfCloseTimeoutMs = 30_000;

  /** When and why the connection closes, and which error its peer sees, if any. */
  function close(config: Partial<TcpServerConfig>, heldBytes: number | undefined) {
    const seen: { reason: string; durationMs: number; failure: string | undefined }[] = [];
    inVirtualTime(() => {
      const transport = withKernel(memoryNetwork(), () => heldBytes);
      const scenario$ = serving(
        transport,
        () => of('bye'),
        { halfCloseTimeoutMs, ...config },
        ({ peer, closed$ }) => {
          const client = peer();
          return closed$.pipe(
            takeUntil(timer(60_000)),
            take(1),
            delay(1_000), // for a reset to arrive
            map(({ reason, durationMs }) => ({ reason, durationMs, failure: client.failure?.code })),
          );
        },
      );
      scenario$.subscribe((each) => seen.push(each));
    });
    return seen[0];
  }

  it.each([
    ['has acknowledged everything, is reset', 0, 'ERR_CONNECTION_RESET'],
    ['has not acknowledged everything, is closed in order', 1, undefined],
    ['may hold anything, as the kernel does not tell, is reset', undefined, 'ERR_CONNECTION_RESET'],
  ])('at halfCloseTimeoutMs a peer that %s, once the kernel was asked', (_, heldBytes, failure) => {
    const closed = close({}, heldBytes);
    expect(closed).toMatchObject({ reason: 'half-closed', failure });
    expect(closed?.durationMs).toBeGreaterThanOrEqual(halfCloseTimeoutMs);
    expect(closed?.durationMs).toBeLessThanOrEqual(halfCloseTimeoutMs + 1_000);
  });

  it('at maxLifetimeMs a peer that has acknowledged everything is closed in order', () => {
    const closed = close({ maxLifetimeMs: 10_000 }, 0);
    expect(closed).toEqual({ reason: 'lifetime', durationMs: 10_000, failure: undefined });
  });

  it.each(realNetworks)(
    'at halfCloseTimeoutMs a peer that does not read loses nothing of what the kernel holds, over the $name',
    async ({ play }) => {
      const reply = Buffer.alloc(1024 * 1024); // less than the send buffer, more than a receive buffer that is not read
      const [seen] = await play((transport) =>
        serving(
          transport,
          () => of(reply),
          { halfCloseTimeoutMs: 1_500 }, // longer than the kernel's figures live
          ({ peer, closed$ }) => {
            const client = peer();
            client.socket.pause();
            return closed$.pipe(
              take(1),
              tap(() => client.socket.resume()),
              switchMap(({ reason, bytesUnsent }) =>
                race(client.when('ended'), client.when('failed')).pipe(
                  map(({ failure, receivedBytes }) => [reason, bytesUnsent, failure?.code, receivedBytes]),
                ),
              ),
            );
          },
        ),
      );
      expect(seen).toEqual(['half-closed', 0, undefined, reply.length]);
    },
  );
});
