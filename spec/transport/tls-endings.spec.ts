/** How a connection over TLS ends otherwise than in order, and what its closed event says. */
import { once } from 'node:events';
import { concat, lastValueFrom, NEVER, of, take } from 'rxjs';
import { expect, it } from 'vitest';
import { tcpConnect } from '../../lib/index.js';
import { eventually } from '../faults/support/eventually.js';
import { authority, describeTls } from '../support/certificates.js';
import { errorOf } from '../support/error-of.js';
import { Relay } from '../support/relay.js';
import { TlsServer } from '../support/tls-server.js';

const megabyte = 1_048_576;
const clientTls = () => ({ ca: authority().cert });

describeTls('a connection over TLS', () => {
  it('that idles is closed in order, with close_notify', async () => {
    const server = await TlsServer.start({ idleTimeoutMs: 100 });
    const client = await server.client();
    client.resume();
    await once(client, 'end');
    expect(await server.first('closed')).toMatchObject({ reason: 'idle' });
  });

  it('that is too old is reset', async () => {
    const server = await TlsServer.start({ maxLifetimeMs: 100 }, () => concat(of('x'), NEVER));
    const client = await server.client();
    const [error] = (await once(client, 'error')) as [NodeJS.ErrnoException];
    expect(error.code).toBe('ECONNRESET');
    expect(await server.first('closed')).toMatchObject({ reason: 'lifetime' });
  });

  it('with a peer that takes nothing stalls, and is reset', async () => {
    const server = await TlsServer.start({ writeTimeoutMs: 300 }, () => of(Buffer.alloc(16 * megabyte)));
    await server.client();
    const { reason, bytesWritten, bytesUnsent } = await server.first('closed');
    expect([reason, bytesWritten + bytesUnsent]).toEqual(['stalled', 16 * megabyte]);
    expect(bytesUnsent).toBeGreaterThan(0);
  });

  it('with a peer that keeps its side open behind our end is closed at the half-close limit', async () => {
    const server = await TlsServer.start({ halfCloseTimeoutMs: 100 }, take(1));
    const client = await server.client();
    client.write('x');
    client.resume();
    await once(client, 'end');
    expect(await server.first('closed')).toMatchObject({ reason: 'half-closed', bytesWritten: 1 });
  });

  it.each(['idle', 'with a reply due', 'with a reply that is under way'])(
    'that its peer resets when %s: reset',
    async (when) => {
      const reply = when === 'idle' ? NEVER : when === 'with a reply due' ? NEVER : of(Buffer.alloc(16 * megabyte));
      const server = await TlsServer.start({}, () => reply);
      const relay = await Relay.to(server.port);
      const client = await server.client({ port: relay.port });
      await server.first('opened');
      if (when === 'with a reply due') client.write('x');
      if (when === 'with a reply that is under way') await once(client, 'readable');
      relay.toServer.resetAndDestroy();
      expect(await server.first('closed')).toMatchObject({ reason: 'reset', error: { code: 'ERR_CONNECTION_RESET' } });
    },
  );

  it('of a client that the server resets: ERR_CONNECTION_RESET', async () => {
    const server = await TlsServer.start({ maxLifetimeMs: 100 });
    const source$ = concat(of('x'), NEVER);
    const error$ = errorOf(source$.pipe(tcpConnect({ port: server.port, tls: clientTls() })));
    expect(await lastValueFrom(error$)).toMatchObject({ code: 'ERR_CONNECTION_RESET' });
  });

  it('that gets bytes which are not TLS, behind the handshake: ERR_TLS_FAILED, and the others are served', async () => {
    const server = await TlsServer.start();
    const relay = await Relay.to(server.port);
    await server.client({ port: relay.port });
    await server.first('opened');
    relay.toServer.write('GET / HTTP/1.1\r\n\r\n');
    const closed = await server.first('closed');
    expect(closed).toMatchObject({ reason: 'reset', error: { code: 'ERR_TLS_FAILED' } });
    expect(closed.error?.message).toMatch(/^Lost the connection to 127\.0\.0\.1:\d+: \S[^\n]+$/);
    expect(await server.reply()).toBe('hello');
  });

  it('of a client that gets such bytes from its server: ERR_TLS_FAILED', async () => {
    const server = await TlsServer.start();
    const relay = await Relay.to(server.port);
    const source$ = concat(of('x'), NEVER);
    const error = lastValueFrom(errorOf(source$.pipe(tcpConnect({ port: relay.port, tls: clientTls() }))));
    await eventually('echoed', async () => (await server.first('opened')).connection.bytesWritten === 1);
    relay.toClient.write('HTTP/1.1 400 Bad Request\r\n\r\n');
    expect(await error).toMatchObject({ code: 'ERR_TLS_FAILED' });
  });

  it('that ends without close_notify: Node tells of an end, and the reply is sent', async () => {
    const server = await TlsServer.start();
    const relay = await Relay.to(server.port);
    const client = await server.client({ port: relay.port });
    client.write('hello');
    await once(client, 'readable');
    relay.toServer.end();
    expect(await server.first('closed')).toMatchObject({ reason: 'ended', bytesRead: 5, bytesWritten: 5 });
  });
});
