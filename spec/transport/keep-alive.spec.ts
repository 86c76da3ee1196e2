/** After how long the kernel probes a silent peer, as it tells itself; on Linux alone. */
import { concat, lastValueFrom, NEVER, of, take, tap } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { nodeNetwork, tcpConnect } from '../../lib/index.js';
import { serving } from '../support/serving.js';
import { established, type SystemConnection, tcpTable } from '../support/tcp-table.js';

const isLinux = process.platform === 'linux';
const note = isLinux ? '' : ' (skipped: only Linux tells of its timers)';

const keepAlive = '02';
const none = '00';

/** An earlier connection of the same port may be in TIME_WAIT. */
const isOpen = ({ state }: SystemConnection): boolean => state === established;

/** The two ends of a connection, that of the server first, each as it receives: then it waits for no acknowledgement. */
async function endsOf(fastPath: boolean, server: number, client: number): Promise<(SystemConnection | undefined)[]> {
  const ends: (SystemConnection | undefined)[] = [];
  const transport = nodeNetwork({ fastPath });
  const atServer = (port: number | undefined) =>
    tcpTable(process.pid).find((each) => isOpen(each) && each.local === port);
  const atClient = (port: number) => tcpTable(process.pid).find((each) => isOpen(each) && each.remote === port);
  const served$ = serving(
    transport,
    (chunks$, { local }) => chunks$.pipe(tap(() => ends.push(atServer(local.port)))),
    { keepAliveMs: server },
    ({ port }) => {
      const client$ = concat(of('word'), NEVER).pipe(tcpConnect({ port, transport, keepAliveMs: client }));
      return client$.pipe(
        tap(() => ends.push(atClient(port))),
        take(1),
      );
    },
  );
  await lastValueFrom(served$);
  return ends;
}

/** How much of the time may be over when the kernel is asked. */
const lateS = 30;

describe.skipIf(!isLinux).each([true, false])(`keep-alive with fastPath %s${note}`, (fastPath) => {
  it.each([
    [60_000, 3_600_000],
    [3_600_000, 60_000],
  ])('probes after keepAliveMs: %i for a server, %i for a client', async (server, client) => {
    const ends = await endsOf(fastPath, server, client);
    expect(ends).toMatchObject([{ timer: keepAlive }, { timer: keepAlive }]);
    for (const [index, seconds] of [server / 1_000, client / 1_000].entries()) {
      expect(ends[index]?.timerDueS).toBeGreaterThan(seconds - lateS);
      expect(ends[index]?.timerDueS).toBeLessThanOrEqual(seconds);
    }
  });

  it('never probes with keepAliveMs Infinity', async () => {
    const { POSITIVE_INFINITY } = Number;
    const ends = await endsOf(fastPath, POSITIVE_INFINITY, POSITIVE_INFINITY);
    expect(ends).toMatchObject([{ timer: none }, { timer: none }]);
  });
});
