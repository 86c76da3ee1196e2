/** What the errors of a network in memory say: what failed, at which address, and what to do. */
import { NEVER, type Observable, timer } from 'rxjs';
import { expect, it } from 'vitest';
import { type MemoryNetwork, memoryNetwork, tcpConnect, tcpServer } from '../../lib/index.js';
import { byHand } from '../properties/stage.js';

type Act<T> = (network: MemoryNetwork) => T;

const connecting = (address: object = {}, name = 'web'): Act<Observable<unknown>> => {
  const config = { host: 'db', port: 7, keepAliveMs: 5_000, ...address };
  return (network) => NEVER.pipe(tcpConnect({ ...config, transport: network.host(name) }));
};

const listening = (name: string, address: object): Act<Observable<unknown>> => {
  return (network) => tcpServer({ port: 8, ...address, transport: network.host(name) }, () => NEVER);
};

/** The first act fails, at once or by the second one. The server on `db` resets a connection after a minute. */
it.each<[message: string, act: Act<Observable<unknown>>, later?: Act<void>]>([
  ['Could not connect to dbb:7: the network has no host of that name; check its spelling', connecting({ host: 'dbb' })],
  ['Could not connect to db:9: no server listens there', connecting({ port: 9 })],
  ['Could not connect to db:7: the host phone is down; restart it', connecting({}, 'phone')],
  ['Could not listen on phone:8: the host phone is down; restart it', listening('phone', {})],
  [
    'Could not listen on db:7: the address is in use; stop what holds it or choose another port',
    listening('db', { port: 7 }),
  ],
  ['Could not listen on web:8: it is the name of another host; leave `host` out', listening('db', { host: 'web' })],
  ['A network in memory has no `fd`: leave it out, or use nodeNetwork()', listening('db', { port: undefined, fd: 3 })],
  ['A network in memory has no `reusePort`: leave it out, or use nodeNetwork()', listening('db', { reusePort: true })],
  ['A network in memory has no `tls`: leave it out, or use nodeNetwork()', connecting({ tls: {} })],
  ['Lost the connection to db:7: the peer reset it', connecting()],
  [
    'Lost the connection to db:7: the peer does not answer; check the network',
    connecting(),
    (network) => network.partition('web', 'db'),
  ],
  ['Lost the connection to db:7: the host web crashed', connecting(), (network) => network.crash('web')],
  ['No longer listening on db:8: the host db crashed', listening('db', {}), (network) => network.crash('db')],
])('%s', (message, act, later) => {
  let actual = '';
  byHand((clock) => {
    const network = memoryNetwork();
    for (const name of ['web', 'phone', 'db']) network.host(name);
    network.crash('phone');
    const handler = () => timer(60_000) as Observable<never>;
    tcpServer({ port: 7, transport: network.host('db') }, handler).subscribe({ next: () => {}, error: () => {} });
    clock.settle();
    act(network).subscribe({
      error: (error) => {
        actual = error.message;
      },
    });
    clock.advance(1_000);
    later?.(network);
    clock.advance(100_000);
  });
  expect(actual).toBe(message);
});
