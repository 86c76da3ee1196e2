/** Peers that do not complete a handshake: each is one dropped event, with its own error, and others are served. */
import { once } from 'node:events';
import net from 'node:net';
import tls from 'node:tls';
import { lastValueFrom, of } from 'rxjs';
import { expect, it, onTestFinished, vi } from 'vitest';
import { tcpConnect } from '../../lib/index.js';
import { authority, describeTls } from '../support/certificates.js';
import { TlsServer } from '../support/tls-server.js';

/** The first record that a client of TLS sends. */
const hello: Promise<Buffer> = (async () => {
  const server = net.createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as net.AddressInfo;
  const client = tls.connect({ port, host: '127.0.0.1' }).on('error', () => {});
  const [socket] = (await once(server, 'connection')) as [net.Socket];
  const [record] = await once(socket, 'data');
  client.destroy();
  server.close();
  return record;
})();

/** A ClientHello of an old version, which offers no newer one. */
function oldHello(version: number): Buffer {
  const body = Buffer.concat([Buffer.of(3, version), Buffer.alloc(32, 7), Buffer.of(0, 0, 2, 0, 0x2f, 1, 0)]);
  const message = Buffer.concat([Buffer.of(1, 0, 0, body.length), body]);
  return Buffer.concat([Buffer.of(22, 3, version, 0, message.length), message]);
}

async function plain(server: TlsServer, bytes: Uint8Array | string = ''): Promise<net.Socket> {
  const socket = net.connect({ port: server.port, host: '127.0.0.1', allowHalfOpen: true }).on('error', () => {});
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  if (bytes.length > 0) socket.write(bytes);
  return socket;
}

const isClosed = (socket: net.Socket) =>
  new Promise((closed) => socket.resume().once('end', closed).once('close', closed));

describeTls('a peer of a server with TLS', () => {
  it.each([
    ['is silent', async () => ''],
    ['sends half a hello', async () => (await hello).subarray(0, 100)],
    ['sends a hello and nothing behind it', () => hello],
    ['sends the header of a record alone', async () => Buffer.of(22, 3, 1, 2, 0)],
  ])('that %s is reset at the handshake limit', async (_, bytes) => {
    const server = await TlsServer.start({ handshakeTimeoutMs: 500 });
    const startedAt = performance.now();
    const peer = await plain(server, await bytes());
    const { localPort } = peer;
    await isClosed(peer);
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(495);
    const dropped = await server.first('dropped');
    expect(dropped).toMatchObject({ remote: { port: localPort }, reason: 'handshake' });
    expect(dropped.error).toMatchObject({
      code: 'ERR_TLS_FAILED',
      message: expect.stringMatching(/^127\.0\.0\.1:\d+ let 500 ms pass without the end of its TLS handshake$/),
    });
    expect(await server.reply()).toBe('hello');
    expect(server.events.filter(({ type }) => type === 'dropped').length).toBe(1);
  });

  it.each([
    ['sends plain text', async () => 'GET / HTTP/1.1\r\n\r\n', 'http request'],
    ['sends what is no TLS', async () => Buffer.alloc(2_000, 0xaa), 'failed: '],
    ['sends a hello of SSL 3.0', async () => oldHello(0), 'failed: '],
    ['sends a hello of TLS 1.0', async () => oldHello(1), 'unsupported protocol'],
    ['sends a hello of TLS 1.1', async () => oldHello(2), 'unsupported protocol'],
    [
      'sends a hello, then an alert',
      async () => Buffer.concat([await hello, Buffer.of(21, 3, 3, 0, 2, 2, 40)]),
      'failed: ',
    ],
  ])('that %s is dropped at once, and its error says why', async (_, bytes, why) => {
    const server = await TlsServer.start();
    await isClosed(await plain(server, await bytes()));
    const { reason, error } = await server.first('dropped');
    expect([reason, error?.code]).toEqual(['handshake', 'ERR_TLS_FAILED']);
    expect(error?.message).toMatch(/^The TLS handshake with 127\.0\.0\.1:\d+ failed: [^\n]+$/);
    expect(error?.message).toContain(why);
    expect(await server.reply()).toBe('hello');
    expect(server.events.filter(({ type }) => type === 'dropped').length).toBe(1);
  });

  it.each([
    ['ends', 'at once', ''],
    ['ends', 'in the middle of its hello', 'half'],
    ['ends', 'behind its hello', 'whole'],
    ['resets', 'at once', ''],
    ['resets', 'in the middle of its hello', 'half'],
    ['resets', 'behind its hello', 'whole'],
  ])('that %s %s is dropped at once', async (deed, _, part) => {
    const server = await TlsServer.start();
    const bytes = part === '' ? '' : (await hello).subarray(0, part === 'half' ? 100 : undefined);
    const peer = await plain(server, bytes);
    if (part === 'whole') await once(peer, 'readable');
    else await server.accepts(1);
    const closed = isClosed(peer);
    if (deed === 'ends') peer.end();
    else peer.resetAndDestroy();
    const { reason, error } = await server.first('dropped');
    expect([reason, error?.code]).toEqual(['handshake', 'ERR_TLS_FAILED']);
    await closed;
    expect(await server.reply()).toBe('hello');
    expect(server.events.filter(({ type }) => type === 'dropped').length).toBe(1);
  });

  it('that takes longer than the two minutes that Node would give it, and less than the limit, is served', async () => {
    const [nodesLimitMs, speed] = [120_000, 1_000];
    const { setTimeout: own } = net.Socket.prototype;
    const spy = vi.spyOn(net.Socket.prototype, 'setTimeout').mockImplementation(function (this: net.Socket, ms, done) {
      return own.call(this, ms / speed, done);
    });
    onTestFinished(() => spy.mockRestore());
    const server = await TlsServer.start({ handshakeTimeoutMs: 60_000 });
    const peer = await plain(server);
    await server.accepts(1);
    await new Promise((resolve) => setTimeout(resolve, (2 * nodesLimitMs) / speed));
    server.connecting({ socket: peer });
    await server.first('opened');
    expect(server.events.map(({ type }) => type)).toEqual(['listening', 'opened']);
  });

  it('in a handshake counts against maxConnections', async () => {
    const server = await TlsServer.start({ maxConnections: 1 });
    const silent = await plain(server);
    await server.accepts(1);
    await server.refuses();
    expect(await server.first('dropped')).toMatchObject({ reason: 'limit' });
    silent.resetAndDestroy();
    await server.nth('dropped', 2);
    expect(await server.reply()).toBe('hello');
  });

  it('in a handshake counts against maxConnectionsPerAddress', async () => {
    const server = await TlsServer.start({ maxConnectionsPerAddress: 1 });
    const silent = await plain(server);
    await server.accepts(1);
    await server.refuses();
    expect(await server.first('dropped')).toMatchObject({ reason: 'address-limit' });
    silent.resetAndDestroy();
    await server.nth('dropped', 2);
    expect(await server.reply()).toBe('hello');
  });

  it('in a handshake is reset when the server is told to stop', async () => {
    const server = await TlsServer.start();
    const silent = await plain(server);
    await server.accepts(1);
    server.stop();
    await Promise.all([isClosed(silent), server.completed()]);
    expect(server.events.at(-1)).toMatchObject({ type: 'dropped', reason: 'handshake' });
  });

  it('in a handshake is reset when the server is unsubscribed from', async () => {
    const server = await TlsServer.start();
    const silent = await plain(server);
    await server.accepts(1);
    server.unsubscribe();
    await isClosed(silent);
  });

  it('that resets behind the last byte of its handshake is closed with the reason reset', async () => {
    const server = await TlsServer.start();
    const peer = await plain(server);
    server.connecting({ socket: peer });
    await server.first('opened').then(() => peer.resetAndDestroy()); // in the same turn: the server writes yet
    expect(await server.first('closed')).toMatchObject({ reason: 'reset', error: { code: 'ERR_CONNECTION_RESET' } });
  });
});

describeTls('a client of a server that does not complete the handshake', () => {
  it.each([
    ['is silent', 'ERR_CONNECTION_TIMED_OUT', ''],
    ['speaks no TLS', 'ERR_TLS_FAILED', 'HTTP/1.1 400 Bad Request\r\n\r\n'],
  ])('which %s fails with %s', async (_, code, bytes) => {
    const listener = net.createServer((socket) => socket.on('error', () => {}).write(bytes));
    await once(listener.listen(0, '127.0.0.1'), 'listening');
    onTestFinished(() => void listener.close());
    const { port } = listener.address() as net.AddressInfo;
    const client = tcpConnect({ port, connectTimeoutMs: 300, tls: { ca: authority().cert } });
    await expect(lastValueFrom(of('x').pipe(client))).rejects.toMatchObject({ code });
  });
});
