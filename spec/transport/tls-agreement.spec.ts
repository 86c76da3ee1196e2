/** What the two ends of a connection agree on, which `connection.tls` tells: version, cipher, application protocol, resumption. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import tls from 'node:tls';
import { firstValueFrom, lastValueFrom, of, ReplaySubject } from 'rxjs';
import { expect, it, onTestFinished } from 'vitest';
import { type Connection, type TcpConnectConfig, type TlsState, tcpConnect } from '../../lib/index.js';
import { authority, describeTls, identity, localhost } from '../support/certificates.js';
import { errorOf } from '../support/error-of.js';
import { text } from '../support/serving.js';
import { TlsServer } from '../support/tls-server.js';

describeTls('connection.tls', () => {
  it('is the same on both ends, but for what each knows of the other', async () => {
    const server = await TlsServer.start();
    const state = await server.stateOf({ ca: authority().cert, servername: 'localhost' });
    const common = {
      protocol: 'TLSv1.3',
      cipher: 'TLS_AES_256_GCM_SHA384',
      alpnProtocol: undefined,
      servername: 'localhost',
      isResumed: false,
      authorizationError: undefined,
    };
    expect(state).toEqual({ ...common, authorized: true, peerSubject: { CN: 'localhost' } });
    const { connection } = await server.first('opened');
    expect(connection.tls).toEqual({ ...common, authorized: false, peerSubject: undefined });
    expect(connection.tls).toBe(connection.tls);
    expect(JSON.parse(JSON.stringify(connection)).tls).toMatchObject({ protocol: 'TLSv1.3' });
  });

  it('is still there when the connection has closed', async () => {
    const server = await TlsServer.start();
    await server.reply();
    expect((await server.first('closed')).connection.tls).toMatchObject({ protocol: 'TLSv1.3' });
  });

  it('is undefined without TLS', async () => {
    const server = await TlsServer.start({ tls: undefined });
    expect(await statesOf({ port: server.port }, 1)).toEqual([undefined]);
    expect((await server.first('opened')).connection.tls).toBeUndefined();
  });
});

describeTls('a connection with TLS', () => {
  it('has the addresses of both ends', async () => {
    const server = await TlsServer.start();
    const connected = new ReplaySubject<Connection>();
    const client = tcpConnect({ port: server.port, tls: { ca: authority().cert }, connected });
    expect(await lastValueFrom(of('hello').pipe(client, text()))).toBe('hello');
    const { local, remote } = await firstValueFrom(connected);
    expect([local.host, remote]).toEqual(['127.0.0.1', { host: '127.0.0.1', port: server.port }]);
    const { connection } = await server.first('opened');
    expect([connection.local, connection.remote]).toEqual([remote, local]);
  });
});

describeTls('an application protocol', () => {
  const offering = (...ALPNProtocols: string[]) => ({ tls: { ...localhost(), ALPNProtocols } });

  it('is the first of the server that the client knows', async () => {
    const server = await TlsServer.start(offering('new', 'old'));
    const state = await server.stateOf({ ca: authority().cert, ALPNProtocols: ['old', 'new'] });
    expect([state.alpnProtocol, (await server.first('opened')).connection.tls?.alpnProtocol]).toEqual(['new', 'new']);
  });

  it('that the two do not have in common ends the handshake on both ends', async () => {
    const server = await TlsServer.start(offering('new'));
    await expect(server.reply('hello', { ca: authority().cert, ALPNProtocols: ['old'] })).rejects.toMatchObject({
      code: 'ERR_TLS_FAILED',
      message: expect.stringContaining('no application protocol'),
    });
    expect(await server.first('dropped')).toMatchObject({ reason: 'handshake', error: { code: 'ERR_TLS_FAILED' } });
  });

  it('that the client does not ask for is undefined', async () => {
    const server = await TlsServer.start(offering('new'));
    expect((await server.stateOf()).alpnProtocol).toBeUndefined();
  });
});

describeTls('minVersion TLSv1.3', () => {
  it('refuses a client of 1.2, which a server without it serves', async () => {
    const strict = await TlsServer.start({ tls: { ...localhost(), minVersion: 'TLSv1.3' } });
    await strict.refuses({ maxVersion: 'TLSv1.2' });
    const { error } = await strict.first('dropped');
    expect(error).toMatchObject({ code: 'ERR_TLS_FAILED', message: expect.stringMatching(/unsupported protocol$/) });
    const server = await TlsServer.start();
    expect((await server.client({ maxVersion: 'TLSv1.2' })).getProtocol()).toBe('TLSv1.2');
  });

  it('of a client refuses a server of 1.2', async () => {
    const port = await nodeServer({ maxVersion: 'TLSv1.2' });
    const ca = authority().cert;
    expect((await statesOf({ port, tls: { ca } }, 1))[0]?.protocol).toBe('TLSv1.2');
    const error$ = errorOf(of('x').pipe(tcpConnect({ port, tls: { ca, minVersion: 'TLSv1.3' } })));
    expect(await lastValueFrom(error$)).toMatchObject({ code: 'ERR_TLS_FAILED' });
  });
});

/** Of Node's own `tls`, which can be told not to know 1.3: it echoes. */
async function nodeServer(options: tls.TlsOptions): Promise<number> {
  const server = tls.createServer({ ...localhost(), ...options }, (socket) =>
    socket.on('error', () => {}).pipe(socket),
  );
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

/** Two servers that know each other's sessions, and have a certificate each. */
function sharingServers(): Promise<number[]> {
  const ticketKeys = randomBytes(48);
  const names = ['a', 'b'].map((name) => identity({ subject: `/CN=${name}`, issuer: authority() }));
  return Promise.all(names.map((own) => nodeServer({ ...own, ticketKeys })));
}

/** What the connections of one tcpConnect, one after the other, say of themselves. */
async function statesOf(config: TcpConnectConfig, count: number): Promise<TlsState[]> {
  const states: TlsState[] = [];
  const client = tcpConnect({ ...config, connected: { next: ({ tls }) => states.push(tls as TlsState) } });
  for (let made = 0; made < count; made += 1) expect(await lastValueFrom(of('x').pipe(client, text()))).toBe('x');
  return states;
}

describeTls('a session', () => {
  it.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'of %s is resumed by later connections of one tcpConnect',
    async (maxVersion) => {
      const port = await nodeServer({ maxVersion });
      const same = { protocol: maxVersion, authorized: true, peerSubject: { CN: 'localhost' } };
      expect(await statesOf({ port, tls: { ca: authority().cert } }, 3)).toMatchObject([
        { ...same, isResumed: false },
        { ...same, isResumed: true },
        { ...same, isResumed: true },
      ]);
    },
  );

  it.each(['TLSv1.2', 'TLSv1.3'] as const)('of %s is resumed by the server', async (maxVersion) => {
    const server = await TlsServer.start();
    const first = server.connecting({ maxVersion });
    const [session] = (await once(first.resume(), 'session')) as [Buffer];
    first.end();
    const second = await server.client({ maxVersion, session });
    expect(second.isSessionReused()).toBe(true);
    const opened = await server.nth('opened', 2);
    expect(opened.map(({ connection }) => connection.tls?.isResumed)).toEqual([false, true]);
  });

  it('is not offered to another server, nor where another name is asked for', async () => {
    const [a, b] = (await sharingServers()) as [number, number];
    const config = { ca: authority().cert };
    const seen: unknown[] = [];
    for (const [host, port] of [
      ['127.0.0.1', a],
      ['127.0.0.1', b],
      ['localhost', a],
      ['127.0.0.1', a],
    ] as const) {
      const [state] = await statesOf({ host, port, tls: config }, 1);
      seen.push([state?.peerSubject?.CN, state?.isResumed]);
    }
    expect(seen).toEqual([
      ['a', false],
      ['b', false],
      ['a', false],
      ['a', true],
    ]);
  });

  it('is not offered again behind a handshake that failed', async () => {
    let isRefusing = false;
    const port = await nodeServer({ ALPNCallback: () => (isRefusing ? undefined : 'p') });
    const config = { port, tls: { ca: authority().cert, ALPNProtocols: ['p'] } };
    expect(await statesOf(config, 2)).toMatchObject([{ isResumed: false }, { isResumed: true }]);
    isRefusing = true;
    await expect(statesOf(config, 1)).rejects.toMatchObject({ code: 'ERR_TLS_FAILED' });
    isRefusing = false;
    expect(await statesOf(config, 1)).toMatchObject([{ isResumed: false }]);
  });

  it('is not resumed by another tcpConnect', async () => {
    const server = await TlsServer.start();
    expect([await server.stateOf(), await server.stateOf()]).toMatchObject([
      { isResumed: false },
      { isResumed: false },
    ]);
  });
});
