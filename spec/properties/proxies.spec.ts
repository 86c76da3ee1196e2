/** Bytes through a chain of proxies: whole, in order, and bounded at every link, at any pace of the ends. */
import fc from 'fast-check';
import { interval } from 'rxjs';
import { expect, it } from 'vitest';
import { type Connection, memoryNetwork, tcpConnect, tcpServer } from '../../lib/index.js';
import { RawPeer } from '../support/raw-peer.js';
import { noiseAt, slice } from './noise.js';
import { runs } from './runs.js';
import { byHand } from './stage.js';

/** A producer is told to wait when more than this is unsent. */
const fullBytes = 65_536;

const network = fc.record({ latencyMs: fc.nat(3), bufferBytes: fc.constantFrom(100, 1_000, 65_536, 200_000) });

/** What the client does, one thing each few milliseconds. */
const deed = fc.oneof(
  fc.record({ send: fc.oneof(slice(40), slice(150_000)).map(noiseAt) }),
  fc.constant('pause' as const),
  fc.constant('resume' as const),
);

const deeds = fc.array(fc.record({ waitMs: fc.nat(5), deed }), { maxLength: 12 });

it('conserves what goes through two proxies to an echo and back, and no link holds more than its bounds', () => {
  const property = fc.property(network, deeds, (config, deeds) => {
    byHand((clock) => {
      const transport = memoryNetwork(config);
      const connections: Connection[] = [];
      const serve = (port: number, handler: Parameters<typeof tcpServer>[1]) =>
        tcpServer({ port, transport }, handler).subscribe((event) => {
          if (event.type === 'opened') connections.push(event.connection);
        });
      const servers = [
        serve(1, (chunks$) => chunks$),
        serve(2, tcpConnect({ port: 1, transport })),
        serve(3, tcpConnect({ port: 2, transport })),
      ];
      clock.advance(5);
      let mostUnsent = 0;
      const watch = interval(1).subscribe(() => {
        for (const { bytesUnsent } of connections) mostUnsent = Math.max(mostUnsent, bytesUnsent);
      });
      const client = new RawPeer(transport, 3);
      clock.advance(20);
      let sent = '';
      for (const { waitMs, deed } of deeds) {
        clock.advance(waitMs);
        if (deed === 'pause') client.socket.pause();
        else if (deed === 'resume') client.socket.resume();
        else {
          client.send(deed.send);
          sent += deed.send.toString('latin1');
        }
      }
      clock.advance(100);
      client.socket.resume();
      client.socket.end();
      clock.advance(60_000);
      expect(client.received).toBe(sent);
      expect(mostUnsent).toBeLessThanOrEqual(fullBytes + config.bufferBytes);
      for (const server of servers) server.unsubscribe();
      watch.unsubscribe();
      clock.advance(20);
      expect(clock.timers).toBe(0);
    });
  });
  fc.assert(property, runs(150));
});
