/** What a listener promises its owner, at the level of the transport contract. */
import { map, Observable, switchMap, take } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { defaults, type Listener, type Transport } from '../../lib/index.js';
import { networks } from '../support/networks.js';
import { turns } from '../support/until.js';

/** Listens, does that with the listener, and emits what is called back in fifty turns. */
function calledBack(transport: Transport, act: (listener: Listener, calls: string[]) => void): Observable<string[]> {
  const { host, noDelay, keepAliveMs, backlog } = defaults.server;
  return new Observable<string[]>((subscriber) => {
    const calls: string[] = [];
    const listener = transport.listen(
      { host, port: 0, noDelay, keepAliveMs, backlog },
      {
        listening() {
          act(listener, calls);
          subscriber.next(calls);
        },
        accepted: (socket) => socket.destroy(),
        lost() {},
        warned() {},
        failed: (error) => subscriber.error(error),
      },
    );
    return () => listener.close();
  }).pipe(
    switchMap((calls) => turns(50).pipe(map(() => calls))),
    take(1),
  );
}

describe.each(networks)('a listener over the $name', ({ play }) => {
  it('that is told to stop calls back once', async () => {
    const calls = await play((transport) =>
      calledBack(transport, (listener, calls) => listener.stop(() => calls.push('done'))),
    );
    expect(calls).toEqual([['done']]);
  });

  it('that is closed while it stops calls nothing back', async () => {
    const calls = await play((transport) =>
      calledBack(transport, (listener, calls) => {
        listener.stop(() => calls.push('done'));
        listener.close();
      }),
    );
    expect(calls).toEqual([[]]);
  });
});
