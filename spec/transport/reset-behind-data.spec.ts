/** A reset right behind data, which Node 20 and 22 report as an end, is reported as a reset, whatever the other side has done before. */
import { concatMap, map, type Observable, of, range, switchMap, take } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Transport, TransportSocket } from '../../lib/index.js';
import { connectedPair } from '../support/connected-pair.js';
import { tcpNetworks } from '../support/networks.js';
import type { RawPeer } from '../support/raw-peer.js';

const times = 24;

/** More than the kernel takes for a peer that does not read. */
const large = Buffer.alloc(8_388_608);

/** What the side that is reset does before; emits once the reset may come. */
const deeds: Record<string, (self: RawPeer, other: RawPeer) => Observable<unknown>> = {
  'that has sent nothing': (self) => of(self),
  'that has sent data': (self, other) => {
    self.send('hello');
    return other.whenReceived('hello'.length);
  },
  'that has ended its side': (self, other) => {
    self.send('hello');
    self.socket.end();
    return other.when('ended');
  },
  'that has ended its side, and whose FIN has not come': (self, other) => {
    other.socket.pause();
    self.send('hello');
    self.socket.end();
    return self.when('drained');
  },
  'that has a write under way': (self, other) => {
    other.socket.pause();
    self.send(large);
    return of(self);
  },
  'that has ended its side behind a write under way': (self, other) => {
    other.socket.pause();
    self.send(large);
    self.socket.end();
    return of(self);
  },
};

/** How `self` sees its connection end, where the other side sends data and then does its `last`. */
function endingOf(
  transport: Transport,
  side: string,
  deed: string,
  last: (other: TransportSocket) => void,
): Observable<string | undefined> {
  return connectedPair(transport).pipe(
    switchMap(({ client, server }) => {
      const [self, other] = side === 'client' ? [client, server] : [server, client];
      let hasEnded = false;
      self.when('ended').subscribe(() => {
        hasEnded = true;
        self.socket.end();
      });
      deeds[deed]?.(self, other).subscribe(() => {
        other.send(Buffer.alloc(100));
        last(other.socket);
      });
      return self.when('closed').pipe(map(() => (hasEnded ? 'ended' : self.failure?.code)));
    }),
    take(1),
  );
}

describe.each(tcpNetworks)('over the $name', ({ play }) => {
  describe.each(['client', 'server'])('a %s', (side) => {
    it.each(Object.keys(deeds))('%s sees a reset right behind data as a reset, and not as an end', async (deed) => {
      const reset$ = (transport: Transport) => endingOf(transport, side, deed, (other) => other.reset());
      const endings = await play((transport) => range(times).pipe(concatMap(() => reset$(transport))));
      expect(endings).toEqual(Array(times).fill('ERR_CONNECTION_RESET'));
    });

    it.each(['that has sent data', 'that has ended its side'])(
      '%s sees an end right behind data as an end',
      async (deed) => {
        const end$ = (transport: Transport) => endingOf(transport, side, deed, (other) => other.end());
        const endings = await play((transport) => range(times).pipe(concatMap(() => end$(transport))));
        expect(endings).toEqual(Array(times).fill('ended'));
      },
    );
  });
});
