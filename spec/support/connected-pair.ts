/** Both ends of one connection, each at the level of the transport contract. */
import { Observable } from 'rxjs';
import { defaults, type Transport } from '../../lib/index.js';
import { RawPeer } from './raw-peer.js';

export interface ConnectedPair {
  readonly client: RawPeer;
  readonly server: RawPeer;
}

/** Emits the two once both are there. Unsubscribing closes the listener, and none of the two. */
export function connectedPair(transport: Transport): Observable<ConnectedPair> {
  const { host, noDelay, keepAliveMs, backlog } = defaults.server;
  return new Observable<ConnectedPair>((subscriber) => {
    let client: RawPeer | undefined;
    const listener = transport.listen(
      { host, port: 0, noDelay, keepAliveMs, backlog },
      {
        listening({ port = 0 }) {
          client = new RawPeer(transport, port);
        },
        accepted(socket) {
          const server = new RawPeer({ connect: () => socket }, 0);
          client?.when('connected').subscribe((client) => subscriber.next({ client, server }));
        },
        lost() {},
        warned() {},
        failed: (error) => subscriber.error(error),
      },
    );
    return () => listener.close();
  });
}
