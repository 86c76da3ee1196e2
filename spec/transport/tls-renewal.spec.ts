/** A server whose `tls` is an Observable: each value is for the connections that come from then on. */
import { once } from 'node:events';
import net from 'node:net';
import { firstValueFrom, lastValueFrom, NEVER, of, Subject, throwError } from 'rxjs';
import { expect, it } from 'vitest';
import { type Handler, type TlsServerConfig, tcpServer } from '../../lib/index.js';
import { authority, describeTls, identity, localhost } from '../support/certificates.js';
import { errorOf } from '../support/error-of.js';
import { TlsServer } from '../support/tls-server.js';

const named = (name: string) => identity({ subject: `/CN=${name}`, issuer: authority() });
const echo: Handler = (chunks$) => chunks$;
const unusable = { key: 'x', cert: 'y' };

describeTls('a server with an Observable of certificates', () => {
  it('shows newcomers the latest one, and serves older connections on', async () => {
    const tls$ = new Subject<TlsServerConfig>();
    const starting = TlsServer.start({ tls: tls$ });
    tls$.next(named('first'));
    const server = await starting;
    const older = await server.client();
    tls$.next(named('second'));
    const newer = await server.client();
    const subjects = [older, newer].map((client) => client.getPeerCertificate().subject.CN);
    expect(subjects).toEqual(['first', 'second']);
    for (const client of [older, newer]) {
      client.write('hello');
      expect(String((await once(client, 'data'))[0])).toBe('hello');
    }
  });

  it('a handshake that is under way goes on with the one it began with', async () => {
    const tls$ = new Subject<TlsServerConfig>();
    const starting = TlsServer.start({ tls: tls$ });
    tls$.next(named('first'));
    const server = await starting;
    const socket = net.connect({ port: server.port, host: '127.0.0.1' });
    await server.accepts(1);
    tls$.next(named('second'));
    const client = await server.client({ socket });
    expect(client.getPeerCertificate().subject.CN).toBe('first');
  });

  it('keeps the one before, and warns in one line, where a later one cannot be used', async () => {
    const tls$ = new Subject<TlsServerConfig>();
    const starting = TlsServer.start({ tls: tls$ });
    tls$.next(localhost());
    const server = await starting;
    tls$.next(unusable);
    const { error } = await server.first('warning');
    expect(error.code).toBe('ERR_TLS_CERTIFICATE');
    expect(error.message).toMatch(/^[^\n]+$/);
    expect(await server.reply()).toBe('hello');
    tls$.next(named('third'));
    expect((await server.client()).getPeerCertificate().subject.CN).toBe('third');
  });

  it('errors where the first one cannot be used', async () => {
    const error = await lastValueFrom(errorOf(tcpServer({ port: 0, tls: of(unusable) }, echo)));
    expect(error).toMatchObject({ code: 'ERR_TLS_CERTIFICATE' });
  });

  it.each([
    ['first', []],
    ['later', [localhost]],
  ])('errors with a TypeError where the %s value is no config', async (_, before) => {
    const tls$ = new Subject<TlsServerConfig>();
    const error = firstValueFrom(errorOf(tcpServer({ port: 0, tls: tls$ }, echo)));
    for (const config of before) tls$.next(config());
    tls$.next({ certificate: 'x' } as TlsServerConfig);
    expect(await error).toBeInstanceOf(TypeError);
  });

  it('errors with the error of the Observable', async () => {
    const failure = new Error('no certificates today');
    const server$ = tcpServer({ port: 0, tls: throwError(() => failure) }, echo);
    expect(await lastValueFrom(errorOf(server$))).toBe(failure);
  });

  it('serves on where the Observable completes', async () => {
    const server = await TlsServer.start({ tls: of(localhost()) });
    expect(await server.reply()).toBe('hello');
  });

  it('completes where it is told to stop before there is a first one', async () => {
    const stop$ = new Subject<void>();
    const types: string[] = [];
    const stopped = new Promise<void>((resolve) => {
      const server$ = tcpServer({ port: 0, tls: NEVER, stop$ }, echo);
      server$.subscribe({ next: ({ type }) => types.push(type), complete: resolve });
    });
    stop$.next();
    await stopped;
    expect(types).toEqual(['draining']);
  });

  it('leaves the Observable when it is unsubscribed from, and does not listen', () => {
    const tls$ = new Subject<TlsServerConfig>();
    const subscription = tcpServer({ port: 0, tls: tls$ }, echo).subscribe();
    expect(tls$.observed).toBe(true);
    subscription.unsubscribe();
    expect(tls$.observed).toBe(false);
  });
});
