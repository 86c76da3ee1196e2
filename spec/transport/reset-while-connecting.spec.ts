/** A client that gives up while it connects: the kernel may have connected it, and its server must not see an end. */
import { forkJoin, map, switchMap } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { realNetworks } from '../support/networks.js';
import { serving } from '../support/serving.js';
import { turns } from '../support/until.js';

describe.each(realNetworks)('over the $name', ({ play }) => {
  it('a socket that is reset while it connects reports only that it is closed, and its server sees no end', async () => {
    const seen = await play((transport) =>
      serving(
        transport,
        (chunks$) => chunks$,
        {},
        ({ peer, events }) => {
          const clients = Array.from({ length: 24 }, peer);
          const news: string[] = [];
          for (const { news$, socket } of clients) {
            news$.subscribe((each) => news.push(each));
            process.nextTick(() => socket.reset()); // behind the tick in which Node asks the kernel to connect it
          }
          return forkJoin(clients.map((client) => client.when('closed'))).pipe(
            switchMap(() => turns(50)),
            map(() => ({ news, ends: events.filter((event) => event.type === 'closed' && event.reason !== 'reset') })),
          );
        },
      ),
    );
    expect(seen).toEqual([{ news: Array(24).fill('closed'), ends: [] }]);
  });
});
