/** The certificate for the server name that a client asks for (SNI). */
import { from, lastValueFrom } from 'rxjs';
import { expect, it } from 'vitest';
import { type TlsServerConfig, tcpConnect } from '../../lib/index.js';
import { authority, describeTls, type Identity, identity, localhost, pfx } from '../support/certificates.js';
import { TlsServer } from '../support/tls-server.js';

const of = (name: string) => identity({ subject: `/CN=${name}`, names: `DNS:${name}`, issuer: authority() });

/** The subject's name of the certificate that a client is shown. */
async function shown(server: TlsServer, servername?: string): Promise<unknown> {
  const ca = authority().cert;
  const state = await server.stateOf({ ca, rejectUnauthorized: false, ...(servername && { servername }) });
  return state.peerSubject?.CN;
}

describeTls('the option sni', () => {
  const names: Record<string, (a: Identity) => TlsServerConfig['sni']> = {
    'a map': (a) => ({ 'a.example': a }),
    'a function': (a) => (servername) => (servername === 'a.example' ? a : undefined),
    'a function that makes a certificate for each call': (a) => (name) => (name === 'a.example' ? { ...a } : undefined),
  };

  it.each(Object.entries(names))(
    'as %s names a certificate, and the default is for other names and none',
    async (_, sni) => {
      const server = await TlsServer.start({ tls: { ...localhost(), sni: sni(of('a.example')) } });
      expect(await shown(server, 'a.example')).toBe('a.example');
      expect(await shown(server, 'b.example')).toBe('localhost');
      expect(await shown(server)).toBe('localhost');
      const opened = await server.nth('opened', 3);
      expect(opened.map(({ connection }) => connection.tls?.servername)).toEqual(['a.example', 'b.example', undefined]);
    },
  );

  it.each(['toString', '__proto__', 'constructor'])('as a map has no certificate for %s', async (servername) => {
    const server = await TlsServer.start({ tls: { ...localhost(), sni: {} } });
    expect(await shown(server, servername)).toBe('localhost');
  });

  it.each([
    ['localhost', 'localhost'],
    ['127.0.0.1', undefined],
  ])('with the host %s, a client asks for the name %s', async (host, servername) => {
    const server = await TlsServer.start();
    const client = tcpConnect({ host, port: server.port, tls: { ca: authority().cert } });
    await lastValueFrom(from(['x']).pipe(client));
    expect((await server.first('opened')).connection.tls?.servername).toBe(servername);
  });

  it('reads each certificate once, and not at each handshake', async () => {
    let reads = 0;
    const { cert, key } = of('a.example');
    const watched = {
      cert,
      get key() {
        reads += 1;
        return key;
      },
    };
    const server = await TlsServer.start({ tls: { ...localhost(), sni: { 'a.example': watched } } });
    const before = reads;
    for (let client = 0; client < 3; client += 1) expect(await shown(server, 'a.example')).toBe('a.example');
    expect(reads).toBe(before);
  });

  it('takes of the default all but its certificate', async () => {
    const { cert, key } = of('a.example');
    const byDefault = { pfx: pfx(localhost(), 'secret'), passphrase: 'secret' };
    const tls = { ...byDefault, ALPNProtocols: ['p'], ca: authority().cert, requestCert: true };
    const server = await TlsServer.start({ tls: { ...tls, sni: { 'a.example': { cert, key } } } });
    const client = await server.client({
      servername: 'a.example',
      ALPNProtocols: ['p'],
      ...identity({ issuer: authority() }),
    });
    expect([client.getPeerCertificate().subject.CN, client.alpnProtocol]).toEqual(['a.example', 'p']);
    expect((await server.first('opened')).connection.tls).toMatchObject({ authorized: true, alpnProtocol: 'p' });
  });

  it('without a default serves the names that it has, and drops clients that ask for another', async () => {
    const server = await TlsServer.start({ tls: { sni: { 'a.example': of('a.example') } } });
    expect(await shown(server, 'a.example')).toBe('a.example');
    await server.refuses({ servername: 'b.example' });
    expect(await server.first('dropped')).toMatchObject({ reason: 'handshake', error: { code: 'ERR_TLS_FAILED' } });
  });

  const misdeeds: Record<string, [() => unknown, string]> = {
    throws: [
      () => {
        throw new Error('no such name');
      },
      'no such name',
    ],
    'returns a certificate that cannot be used': [() => ({ key: 'x', cert: 'y' }), 'cannot be used'],
    'returns no certificate': [() => 'a.pem', "got `'a.pem'`"],
    'returns an option that is unknown': [
      () => ({ key: localhost().key, certificate: localhost().cert }),
      'certificate',
    ],
  };

  it.each(Object.entries(misdeeds))(
    'as a function that %s drops that client, and tells why',
    async (_, [misdeed, why]) => {
      const sni = (servername: string) => (servername === 'bad.example' ? misdeed() : undefined) as undefined;
      const server = await TlsServer.start({ tls: { ...localhost(), sni } });
      await server.refuses({ servername: 'bad.example' });
      const dropped = await server.first('dropped');
      expect(dropped).toMatchObject({ reason: 'handshake', error: { name: 'TcpError' } });
      expect(dropped.error?.message).toContain(why);
      expect(await server.reply()).toBe('hello');
    },
  );
});
