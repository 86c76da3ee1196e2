/** A peer that vanishes without FIN or reset, over real sockets: only the kernel knows that it acknowledges nothing. */
import { concat, delay, from, map, NEVER, Subject, switchMap, take } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Handler } from '../../lib/index.js';
import { realNetworks } from '../support/networks.js';
import { type Serving, serving } from '../support/serving.js';
import { vanishingLacks, vanishingPeer } from '../support/vanishing-peer.js';

const lacks = vanishingLacks();
const skipped = lacks === undefined ? '' : ` (skipped: ${lacks})`;

const opened = ({ events }: Serving) => events.filter(({ type }) => type === 'opened').length;

describe.each(realNetworks)('a vanished peer over the $name', ({ play }) => {
  it.skipIf(lacks !== undefined)(
    `that leaves a reply unacknowledged for writeTimeoutMs is stalled, and a silent peer beside it is not${skipped}`,
    async () => {
      const writeTimeoutMs = 2_000;
      const reply$ = new Subject<string>();
      const handler: Handler = () => concat(reply$.pipe(take(1)), NEVER);
      let repliedAt = 0;

      /** Emits the port of the peer that has vanished, once both peers have a reply that nothing follows. */
      async function reply(server: Serving): Promise<number> {
        const port = await vanishingPeer(server.port);
        await expect.poll(() => opened(server)).toBe(2);
        repliedAt = performance.now();
        reply$.next('reply');
        return port;
      }

      const [seen] = await play((transport) =>
        serving(transport, handler, { writeTimeoutMs }, (server) => {
          const silent = server.peer();
          return silent.when('connected').pipe(
            switchMap(() => from(reply(server))),
            switchMap((vanishedPort) =>
              server.closed$.pipe(
                take(1),
                map(({ reason, connection: { remote } }) => ({
                  reason,
                  isTheVanished: remote.port === vanishedPort,
                  isEarly: performance.now() - repliedAt < writeTimeoutMs,
                })),
              ),
            ),
            delay(writeTimeoutMs + 500), // no news tells that the other is left alone
            map((closed) => ({ ...closed, silent: [silent.received, silent.failure] })),
          );
        }),
      );
      expect(seen).toEqual({
        reason: 'stalled',
        isTheVanished: true,
        isEarly: false,
        silent: ['reply', undefined],
      });
    },
    20_000,
  );
});
