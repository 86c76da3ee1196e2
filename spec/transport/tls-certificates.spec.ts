/** Certificates that a server cannot use, and those that a client does not trust. */
import { lastValueFrom } from 'rxjs';
import { expect, it } from 'vitest';
import { nodeNetwork, type SocketEvents, type TlsServerConfig, tcpServer } from '../../lib/index.js';
import { authority, describeTls, encrypted, identity, localhost, pfx } from '../support/certificates.js';
import { errorOf } from '../support/error-of.js';
import { TlsServer } from '../support/tls-server.js';

describeTls('a server whose certificate', () => {
  const unusable: Record<string, () => TlsServerConfig> = {
    'does not match its key': () => ({ key: localhost().key, cert: authority().cert }),
    'is no certificate': () => ({ ...localhost(), cert: 'garbage' }),
    'is cut off': () => ({ ...localhost(), cert: localhost().cert.slice(0, 200) }),
    'has bytes at random for its key': () => ({ ...localhost(), key: Buffer.alloc(64, 7) }),
    'has an encrypted key without a passphrase': () => ({ ...localhost(), key: encrypted(localhost(), 'secret') }),
    'has an encrypted key and another passphrase': () => ({
      ...localhost(),
      key: encrypted(localhost(), 'secret'),
      passphrase: 'another',
    }),
    'is in a PKCS #12 file of another passphrase': () => ({ pfx: pfx(localhost(), 'secret'), passphrase: 'another' }),
    'is in a file that is no PKCS #12': () => ({ pfx: Buffer.from('garbage') }),
    'for one of its names cannot be used': () => ({ ...localhost(), sni: { 'a.example': { key: 'x', cert: 'y' } } }),
    'goes with ciphers that there are not': () => ({ ...localhost(), ciphers: 'NONE-SUCH' }),
  };

  it.each(Object.entries(unusable))(
    '%s errors with ERR_TLS_CERTIFICATE, in one line, and binds nothing',
    async (_, config) => {
      const error = await lastValueFrom(errorOf(tcpServer({ port: 0, tls: config() }, (chunks$) => chunks$)));
      expect(error).toMatchObject({ name: 'TcpError', code: 'ERR_TLS_CERTIFICATE', cause: expect.any(Error) });
      expect(error.message).toMatch(/^The key, certificate or options of TLS cannot be used: \S[^\n]+$/);
      expect(process.getActiveResourcesInfo().filter((resource) => resource.startsWith('TCP'))).toEqual([]);
    },
  );

  const usable: Record<string, () => TlsServerConfig> = {
    'is in PEM, as bytes': () => ({ key: Buffer.from(localhost().key), cert: Buffer.from(localhost().cert) }),
    'has an encrypted key': () => ({ ...localhost(), key: encrypted(localhost(), 'secret'), passphrase: 'secret' }),
    'is in a PKCS #12 file': () => ({ pfx: pfx(localhost(), 'secret'), passphrase: 'secret' }),
  };

  it.each(Object.entries(usable))('%s serves with it', async (_, config) => {
    const server = await TlsServer.start({ tls: config() });
    expect(await server.reply()).toBe('hello');
  });

  it('is followed by that of an intermediate authority is trusted by clients that know the root alone', async () => {
    const middle = identity({ subject: '/CN=middle', isAuthority: true, issuer: authority() });
    const leaf = identity({ issuer: middle });
    const server = await TlsServer.start({ tls: { key: leaf.key, cert: `${leaf.cert}${middle.cert}` } });
    expect(await server.reply()).toBe('hello');
    const incomplete = await TlsServer.start({ tls: leaf });
    await expect(incomplete.reply()).rejects.toMatchObject({ code: 'ERR_TLS_FAILED' });
  });
});

describeTls('a client refuses, with ERR_TLS_FAILED and the reason, a server whose certificate', () => {
  it.each([
    ['is expired', () => identity({ issuer: authority(), isExpired: true }), 'certificate has expired'],
    ['signs itself', () => identity(), 'self-signed certificate'],
    ['is of another name', () => identity({ issuer: authority(), names: 'DNS:other.example' }), 'is not in the cert'],
    ['is of another address', () => identity({ issuer: authority(), names: 'IP:127.0.0.2' }), 'is not in the cert'],
    ['is of an authority it does not know', () => identity({ issuer: identity({ isAuthority: true }) }), 'unable to '],
  ])('%s', async (_, certificate, reason) => {
    const server = await TlsServer.start({ tls: certificate() });
    const error = await server.reply().catch((cause) => cause);
    expect(error).toMatchObject({ name: 'TcpError', code: 'ERR_TLS_FAILED' });
    expect(error.message).toContain(reason);
    expect(error.message).toMatch(/^The TLS handshake with 127\.0\.0\.1:\d+ failed: [^\n]+$/);
  });

  it('is not of the authorities that Node trusts, where no others are given', async () => {
    const server = await TlsServer.start();
    await expect(server.reply('hello', {})).rejects.toMatchObject({ code: 'ERR_TLS_FAILED' });
  });

  it('is not of the name in `servername`, whatever the host', async () => {
    const server = await TlsServer.start({ tls: identity({ issuer: authority(), names: 'DNS:a.example' }) });
    const ca = authority().cert;
    expect(await server.reply('hello', { ca, servername: 'a.example' })).toBe('hello');
    await expect(server.reply('hello', { ca, servername: 'b.example' })).rejects.toMatchObject({
      code: 'ERR_TLS_FAILED',
    });
  });
});

describeTls('a client whose own certificate cannot be used', () => {
  it('errors with ERR_TLS_CERTIFICATE, and leaves no socket open', async () => {
    const server = await TlsServer.start();
    const config = { ca: authority().cert, key: localhost().key, cert: authority().cert };
    await expect(server.reply('hello', config)).rejects.toMatchObject({ code: 'ERR_TLS_CERTIFICATE' });
    expect(await server.first('dropped')).toMatchObject({ reason: 'handshake' });
  });
});

describeTls('a socket that cannot secure itself', () => {
  it('has no address of its own from then on, reports that it failed, and closes by itself', async () => {
    const server = await TlsServer.start();
    const tls = { key: localhost().key, cert: authority().cert };
    const options = { host: '127.0.0.1', port: server.port, noDelay: true, keepAliveMs: 60_000, tls };
    const socket = nodeNetwork().connect(options);
    const news = await new Promise<string[]>((resolve) => {
      const told: string[] = [];
      const events = Object.fromEntries(['chunk', 'peerEnded', 'uncorked', 'drained'].map((name) => [name, () => {}]));
      socket.open({
        ...(events as unknown as SocketEvents),
        connected: () => {
          told.push(`${socket.local?.host}`);
          socket.secure?.(Buffer.alloc(0));
          told.push(`${socket.local?.host}`);
        },
        failed: ({ code }) => told.push(code),
        closed: () => resolve([...told, 'closed']),
      });
    });
    expect(news).toEqual(['127.0.0.1', 'ERR_TLS_CERTIFICATE', 'undefined', 'closed']);
  });
});

describeTls('a client with rejectUnauthorized false', () => {
  it('takes a server that signs for itself, and tells why it should not be trusted', async () => {
    const server = await TlsServer.start({ tls: identity() });
    const { authorized, authorizationError } = await server.stateOf({ rejectUnauthorized: false });
    expect([authorized, authorizationError]).toEqual([false, 'DEPTH_ZERO_SELF_SIGNED_CERT']);
  });
});
