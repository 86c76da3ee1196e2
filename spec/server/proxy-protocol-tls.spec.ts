/** A PROXY protocol header comes before the TLS handshake, in the clear. */
import { concat, filter, map, NEVER, of, switchMap, take } from 'rxjs';
import { expect, it } from 'vitest';
import { type Handler, type Transport, tcpConnect } from '../../lib/index.js';
import { authority, describeTls, localhost } from '../support/certificates.js';
import { realNetworks } from '../support/networks.js';
import { serving } from '../support/serving.js';

const identity: Handler = (chunks$) => chunks$;
const from = ['127.0.0.1'];

/** A server with TLS behind a proxy without, which passes the handshake on. */
const behindProxy = (transport: Transport, version: 1 | 2) =>
  serving(transport, identity, { tls: localhost(), proxyProtocol: { from } }, (server) =>
    serving(transport, tcpConnect({ port: server.port, transport, proxyProtocol: version }), {}, (proxy) => {
      const client = tcpConnect({ port: proxy.port, transport, tls: { ca: authority().cert } });
      return concat(of('hello'), NEVER).pipe(
        client,
        switchMap((chunk) =>
          server.events$.pipe(
            filter((event) => event.type === 'opened'),
            map(({ connection }) => ({ got: String(chunk), connection })),
          ),
        ),
        take(1),
      );
    }),
  );

for (const { name, play } of realNetworks) {
  describeTls(`TLS behind a PROXY header over the ${name}`, () => {
    it.each([1, 2] as const)('is secured, and has both addresses: version %i', async (version) => {
      const [seen] = await play((transport) => behindProxy(transport, version));
      expect(seen).toMatchObject({ got: 'hello', connection: { tls: { protocol: 'TLSv1.3' } } });
      expect(seen?.connection.proxy).toEqual({ host: '127.0.0.1', port: expect.any(Number) });
      expect(seen?.connection.remote).not.toEqual(seen?.connection.proxy);
    });

    it('is sent by a client that has both options, header first', async () => {
      const config = { tls: localhost(), proxyProtocol: { from } };
      const got = await play((transport) =>
        serving(transport, identity, config, ({ port }) => {
          const tls = { ca: authority().cert };
          return concat(of('hello'), NEVER).pipe(
            tcpConnect({ port, transport, tls, proxyProtocol: 2 }),
            map(String),
            take(1),
          );
        }),
      );
      expect(got).toEqual(['hello']);
    });

    it('has a time limit of its own, behind the one of the header', async () => {
      const config = { tls: localhost(), handshakeTimeoutMs: 40, proxyProtocol: { from, timeoutMs: 60_000 } };
      const messages = await play((transport) =>
        serving(transport, identity, config, ({ peer, events$ }) => {
          peer().send('PROXY TCP4 192.0.2.7 192.0.2.8 5 6\r\n');
          return events$.pipe(
            filter((event) => event.type === 'dropped'),
            map(({ reason, remote, error }) => [reason, remote, error?.code, error?.message]),
            take(1),
          );
        }),
      );
      const message = '192.0.2.7:5 let 40 ms pass without the end of its TLS handshake';
      expect(messages).toEqual([['handshake', { host: '192.0.2.7', port: 5 }, 'ERR_TLS_FAILED', message]]);
    });

    it('gives the slot of its client back where it fails', async () => {
      const config = { tls: localhost(), proxyProtocol: { from }, maxConnectionsPerAddress: 1 };
      const reasons = await play((transport) =>
        serving(transport, identity, config, ({ peer, events$ }) => {
          const fail = () => peer().send('PROXY TCP4 192.0.2.7 192.0.2.8 5 6\r\nno TLS');
          fail();
          return events$.pipe(
            filter((event) => event.type === 'dropped'),
            map(({ reason }, index) => {
              if (index === 0) fail();
              return reason;
            }),
            take(2),
          );
        }),
      );
      expect(reasons).toEqual(['handshake', 'handshake']);
    });
  });
}
