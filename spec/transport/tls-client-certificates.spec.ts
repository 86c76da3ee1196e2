/** Certificates of clients: asked for or not, required or not, trusted or not. */
import { expect, it } from 'vitest';
import { authority, describeTls, type Identity, identity, localhost } from '../support/certificates.js';
import { TlsServer } from '../support/tls-server.js';

const subject = '/O=example/CN=client';
const trusted = () => identity({ subject, issuer: authority() });
const untrusted = () => identity({ subject });
const asking = () => ({ ...localhost(), ca: authority().cert, requestCert: true });

const told = async (server: TlsServer, certificate?: Identity) => {
  expect(await server.reply('hello', { ca: authority().cert, ...certificate })).toBe('hello');
  const { authorized, authorizationError, peerSubject } = (await server.first('opened')).connection.tls ?? {};
  return { authorized, authorizationError, peerSubject };
};

describeTls('a server that requires the certificate of a client', () => {
  it('serves one that it trusts, and tells its subject', async () => {
    const server = await TlsServer.start({ tls: asking() });
    expect(await told(server, trusted())).toEqual({
      authorized: true,
      authorizationError: undefined,
      peerSubject: { O: 'example', CN: 'client' },
    });
  });

  it.each([
    ['none', undefined, 'peer did not return a certificate'],
    ['one that signs itself', untrusted, 'DEPTH_ZERO_SELF_SIGNED_CERT'],
    ['one that is expired', () => identity({ subject, issuer: authority(), isExpired: true }), 'CERT_HAS_EXPIRED'],
  ])('drops one that has %s, and tells why', async (_, certificate, reason) => {
    for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
      const server = await TlsServer.start({ tls: asking() });
      await server.refuses({ ...certificate?.(), maxVersion: version });
      const { remote, reason: why, error } = await server.first('dropped');
      expect(remote).toMatchObject({ host: '127.0.0.1' });
      expect([why, error?.code]).toEqual(['handshake', 'ERR_TLS_FAILED']);
      expect(error?.message).toContain(reason);
    }
  });

  it('fails a client of ours that has none, which does not complete', async () => {
    const server = await TlsServer.start({ tls: asking() });
    const error = await server.reply().catch((cause) => cause);
    expect(error.message).toMatch(/^[^\n]+$/);
    expect(['ERR_TLS_FAILED', 'ERR_CONNECTION_RESET']).toContain(error.code); // the alert, or the reset behind it
  });
});

describeTls('a server that asks for the certificate of a client and does not require it', () => {
  const lenient = () => ({ ...asking(), rejectUnauthorized: false });

  it.each([
    ['a trusted one', trusted, true, undefined, { O: 'example', CN: 'client' }],
    ['an untrusted one', untrusted, false, 'DEPTH_ZERO_SELF_SIGNED_CERT', { O: 'example', CN: 'client' }],
    ['none', () => undefined, false, 'UNABLE_TO_GET_ISSUER_CERT', undefined],
  ])(
    'serves %s, and tells whether to trust it',
    async (_, certificate, authorized, authorizationError, peerSubject) => {
      const server = await TlsServer.start({ tls: lenient() });
      expect(await told(server, certificate())).toEqual({ authorized, authorizationError, peerSubject });
    },
  );
});

describeTls('a server that does not ask for the certificate of a client', () => {
  it('tells none', async () => {
    const server = await TlsServer.start();
    expect(await told(server, trusted())).toEqual({
      authorized: false,
      authorizationError: undefined,
      peerSubject: undefined,
    });
  });
});
