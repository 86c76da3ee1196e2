/** Whatever peers open, fail at and close, the count of a client is that of its open connections. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { memoryNetwork, type ServerEvent, tcpServer } from '../../lib/index.js';
import { RawPeer } from '../support/raw-peer.js';
import { runs } from './runs.js';
import { byHand } from './stage.js';

const outcomeOf = (event: ServerEvent) => (event.type === 'dropped' ? event.reason : event.type);

/** A peer behind a proxy, and what the server should make of it. */
interface Visitor {
  readonly peer: RawPeer;
  readonly client: string;
  state: 'on its way' | 'served' | 'gone';
}

describe('the counts of clients in virtual time', () => {
  const max = 2;
  const port = 1;
  const clients = ['192.0.2.1', '192.0.2.2', '2001:db8::1'];
  const refusedClient = '192.0.2.3';
  const spellings: Record<string, string> = { '2001:db8::1': '2001:db8:0:0:7::2' };

  const header = (client: string) => {
    const family = client.includes(':') ? 'TCP6' : 'TCP4';
    return `PROXY ${family} ${client} ${client} 1 2\r\n`;
  };

  const anyClient = fc.constantFrom(...clients, refusedClient);
  const command = fc.oneof(
    fc.record({ kind: fc.constant('begin' as const), client: anyClient }),
    fc.record({ kind: fc.constantFrom('identify', 'garbage', 'end', 'reset', 'wait'), index: fc.nat(20) }),
  );

  it('are those of the connections that are open, whatever opened and closed before', () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 60 }), (commands) => {
        byHand((clock) => {
          const transport = memoryNetwork();
          const events: ServerEvent[] = [];
          const server = tcpServer(
            {
              ...{ port, transport, maxConnectionsPerAddress: max, idleTimeoutMs: 5_000 },
              proxyProtocol: { from: ['127.0.0.1'], timeoutMs: 3_000 },
              accept: ({ host }) => host !== refusedClient,
            },
            (chunks$) => chunks$,
          ).subscribe((event) => events.push(event));
          clock.settle();
          const visitors: Visitor[] = [];
          const served = (client: string) =>
            visitors.filter((each) => each.client === client && each.state === 'served').length;
          const begin = (client: string): Visitor => {
            const visitor: Visitor = { peer: new RawPeer(transport, port), client, state: 'on its way' };
            visitor.peer.send('PROXY');
            visitor.peer.when('closed').subscribe(() => {
              visitor.state = 'gone';
            });
            visitors.push(visitor);
            clock.settle();
            return visitor;
          };
          const identify = (visitor: Visitor): void => {
            if (visitor.state !== 'on its way') return;
            const isServed = visitor.client !== refusedClient && served(visitor.client) < max;
            const { length } = events;
            visitor.peer.send(header(spelled(visitor)).slice('PROXY'.length));
            clock.settle();
            const reason = visitor.client === refusedClient ? 'refused' : 'address-limit';
            expect(events.slice(length).map(outcomeOf)).toEqual([isServed ? 'opened' : reason]);
            if (isServed) visitor.state = 'served';
          };
          const spelled = ({ client }: Visitor) => (visitors.length % 2 ? (spellings[client] ?? client) : client);
          for (const each of commands) {
            if (each.kind === 'begin') {
              begin((each as { client: string }).client);
              continue;
            }
            const visitor = visitors[(each as { index: number }).index];
            if (each.kind === 'wait') clock.advance(1_000);
            else if (visitor === undefined) continue;
            else if (each.kind === 'identify') identify(visitor);
            else if (each.kind === 'garbage') visitor.peer.send('?');
            else if (each.kind === 'end') visitor.peer.socket.end();
            else visitor.peer.socket.reset();
            clock.settle();
          }
          for (const { peer } of visitors) peer.socket.reset();
          clock.settle();
          for (const client of clients) for (let count = 0; count < max + 2; count += 1) identify(begin(client));
          server.unsubscribe();
          clock.settle();
          expect(clock.timers).toBe(0);
        });
      }),
      runs(500),
    );
  });
});
