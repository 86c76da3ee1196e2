/** Slow and silent readers on real sockets: what is delivered shows late, or only in the kernel's tables. */
import {
  concat,
  distinctUntilChanged,
  filter,
  map,
  NEVER,
  type Observable,
  of,
  race,
  switchMap,
  take,
  timer,
} from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Handler } from '../../lib/index.js';
import { realNetworks } from '../support/networks.js';
import { type Serving, serving } from '../support/serving.js';

const writeTimeoutMs = 2_500;

/** Reads once in 200 ms, up to 64 KiB: some 4 s for the third of the send buffer that has to be free, 1.4 MB here. */
const readEveryMs = 200;

/** Emits how long the kernel has taken nothing of the queue, once that is far beyond `writeTimeoutMs`. */
function standstill({ events$ }: Serving) {
  return events$.pipe(
    filter((event) => event.type === 'opened'),
    take(1),
    switchMap(({ connection }) => timer(0, 50).pipe(map(() => connection.bytesWritten))),
    distinctUntilChanged(),
    switchMap(() => timer(writeTimeoutMs + 1_000)),
    map(() => 'the kernel takes nothing, and the connection lives'),
    take(1),
  );
}

/** What `alive$` emits, or why the connection has closed before. */
function fate({ closed$ }: Serving, alive$: Observable<string>): Observable<string> {
  return race(alive$, closed$.pipe(map(({ reason }) => reason))).pipe(take(1));
}

/** The kernel takes more of the queue only once a third of its send buffer is free. */
describe.each(realNetworks.slice(0, 1))('a slow reader over the $name', ({ play }) => {
  it('that shows only in what the kernel holds is not stalled', async () => {
    const handler: Handler = () => concat(of(Buffer.alloc(64 * 1024 * 1024)), NEVER);
    const seen = await play((transport) =>
      serving(transport, handler, { writeTimeoutMs }, (server) => {
        const client = server.peer();
        client.news$.pipe(filter((news) => news === 'chunk')).subscribe(() => client.socket.pause());
        const reading = timer(0, readEveryMs).subscribe(() => client.socket.resume());
        client.when('closed').subscribe(() => reading.unsubscribe());
        return fate(server, standstill(server));
      }),
    );
    expect(seen).toEqual(['the kernel takes nothing, and the connection lives']);
  });
});

describe.each(realNetworks)('a reader over the $name', ({ play }) => {
  it('that has received its reply is not stalled in the silence behind it, though its limit is short', async () => {
    const seen = await play((transport) =>
      serving(
        transport,
        (chunks$) => chunks$,
        { writeTimeoutMs: 300 },
        (server) => {
          const client = server.peer();
          client.send('x');
          const silence$ = client.when('chunk').pipe(switchMap(() => timer(2_500)));
          return fate(server, silence$.pipe(map(() => 'lives')));
        },
      ),
    );
    expect(seen).toEqual(['lives']);
  });
});
