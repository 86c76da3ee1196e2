/** What a listener promises its owner, at the level of the transport contract. */
import { once } from 'node:events';
import net from 'node:net';
import { networkInterfaces } from 'node:os';
import { catchError, finalize, map, Observable, of } from 'rxjs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { defaults, type Listener, type ListenOptions, type Transport, tcpConnect } from '../../lib/index.js';
import { networks, realNetworks } from '../support/networks.js';
import { RawPeer } from '../support/raw-peer.js';
import { serving, text } from '../support/serving.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { turns } from '../support/until.js';

interface Deeds {
  /** Of the listener, in the call that makes it. */
  readonly atOnce?: (listener: Listener) => void;
  readonly listening?: (listener: Listener, port: number) => void;
  readonly accepted?: (listener: Listener) => void;
}

/** Listens, does those deeds, and emits what the listener has called back fifty turns behind the first call. */
function calledBack(
  transport: Transport,
  { atOnce, listening, accepted }: Deeds,
  options: Partial<ListenOptions> = {},
): Observable<string[]> {
  const { host, noDelay, keepAliveMs, backlog } = defaults.server;
  return new Observable<string[]>((subscriber) => {
    const calls: string[] = [];
    const listener = transport.listen(
      { host, port: 0, noDelay, keepAliveMs, backlog, ...options },
      {
        listening({ port = 0 }) {
          calls.push('listening');
          listening?.(listener, port);
        },
        accepted(socket) {
          calls.push('accepted');
          socket.destroy();
          accepted?.(listener);
        },
        lost: () => calls.push('lost'),
        warned: () => calls.push('warned'),
        failed: () => calls.push('failed'),
      },
    );
    atOnce?.(listener);
    subscriber.add(
      turns(50).subscribe(() => {
        subscriber.next(calls);
        subscriber.complete();
      }),
    );
    return () => listener.close();
  });
}

describe.each(networks)('a listener over the $name', ({ play }) => {
  it('that is told to stop says that it has', async () => {
    const stopped: string[] = [];
    const listening = (listener: Listener) => listener.stop(() => stopped.push('stopped'));
    const calls = await play((transport) => calledBack(transport, { listening }));
    expect([calls, stopped]).toEqual([[['listening']], ['stopped']]);
  });

  it('that is closed while it stops does not say so', async () => {
    const stopped: string[] = [];
    const listening = (listener: Listener) => {
      listener.stop(() => stopped.push('stopped'));
      listener.close();
    };
    const calls = await play((transport) => calledBack(transport, { listening }));
    expect([calls, stopped]).toEqual([[['listening']], []]);
  });

  it('that is closed when it accepts a connection accepts no other', async () => {
    const calls = await play((transport) => {
      const peers: RawPeer[] = [];
      const listening = (_: Listener, port: number) => {
        for (let count = 0; count < 20; count += 1) peers.push(new RawPeer(transport, port));
      };
      return calledBack(transport, { listening, accepted: (listener) => listener.close() }).pipe(
        finalize(() => {
          for (const { socket } of peers) socket.destroy();
        }),
      );
    });
    expect(calls).toEqual([['listening', 'accepted']]);
  });

  it('that is closed at once calls nothing back', async () => {
    const calls = await play((transport) => calledBack(transport, { atOnce: (listener) => listener.close() }));
    expect(calls).toEqual([[]]);
  });
});

const takenPaths: [kind: string, freshPath: () => string][] = [
  ['a file', () => `${temporaryFolder()}/s`],
  ...(process.platform === 'linux'
    ? [['an abstract name', () => `\0rxjs-tcp listener spec ${process.pid}`] as [string, () => string]]
    : []),
];

describe.each(realNetworks)('a listener over the $name', ({ play }) => {
  it('that is closed during the lookup of its host calls nothing back', async () => {
    const atOnce = (listener: Listener) => queueMicrotask(() => listener.close()); // behind the one in which it begins
    const calls = await play((transport) => calledBack(transport, { atOnce }, { host: 'localhost' }));
    expect(calls).toEqual([[]]);
  });

  it('that is closed at once does not tell either that it could not listen', async () => {
    const atOnce = (listener: Listener) => listener.close();
    const calls = await play((transport) => calledBack(transport, { atOnce }, { path: 'x'.repeat(200) }));
    expect(calls).toEqual([[]]);
  });

  it.skipIf(process.platform === 'win32').each(takenPaths)(
    'that is closed while it is told that %s is in use calls nothing back',
    async (_, freshPath) => {
      const path = freshPath();
      const holder = net.createServer().listen(path);
      onTestFinished(() => void holder.close());
      await once(holder, 'listening');
      const atOnce = (listener: Listener) => queueMicrotask(() => listener.close()); // behind the one in which it begins
      const calls = await play((transport) => calledBack(transport, { atOnce }, { path }));
      expect(calls).toEqual([[]]);
    },
  );
});

const hasIpv6 = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === '::1'));
const note = hasIpv6 ? '' : ' (skipped: no IPv6 here)';

describe.skipIf(!hasIpv6).each(realNetworks)(`a server of all addresses over the $name${note}`, ({ play }) => {
  /** The connection's own address as its server sees it, or why there is none. */
  const localOf = (host: string, ipv6Only: boolean | undefined, target: string) =>
    play((transport) =>
      serving(
        transport,
        (chunks$, { local }) => chunks$.pipe(map(() => `${local.host}`)),
        { host, ipv6Only },
        ({ port }) =>
          of('x').pipe(
            tcpConnect({ host: target, port, transport }),
            text(),
            catchError(({ code }) => of(code)),
          ),
      ),
    );

  it.each([
    ['0.0.0.0', undefined, '127.0.0.1', '127.0.0.1'],
    ['::', undefined, '127.0.0.1', '::ffff:127.0.0.1'],
    ['::', undefined, '::1', '::1'],
    ['::', true, '::1', '::1'],
    ['::', true, '127.0.0.1', 'ERR_CONNECTION_REFUSED'],
  ])('as %s, with ipv6Only %s, serves a client of %s at %s', async (host, ipv6Only, target, local) => {
    expect(await localOf(host, ipv6Only, target)).toEqual([local]);
  });
});
