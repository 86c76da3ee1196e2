/** Bytes over TLS: in both directions, large, with backpressure, and up to the end of each side. */
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { text as textOf } from 'node:stream/consumers';
import { concat, delay, from, lastValueFrom, map, NEVER, of, reduce, Subject, switchMap, take, timer } from 'rxjs';
import { expect, it } from 'vitest';
import { type Bytes, type Closing, tcpConnect, withBackpressure } from '../../lib/index.js';
import { eventually } from '../faults/support/eventually.js';
import { authority, describeTls } from '../support/certificates.js';
import { Relay } from '../support/relay.js';
import { text } from '../support/serving.js';
import { TlsServer } from '../support/tls-server.js';

const megabyte = 1_048_576;
const piece = randomBytes(megabyte);
const tls = () => ({ ca: authority().cert });

/** What a sender that waits for its receiver may have handed over: two kernels' buffers, and a piece on each side. */
const mostUnreadBytes = 24 * megabyte;

/** 64 MiB, piece by piece; `counted` is told how much was taken. */
function* pieces(counted: { bytes: number }): Generator<Buffer> {
  for (let sent = 0; sent < 64; sent += 1) {
    counted.bytes += megabyte;
    yield piece;
  }
}

const digestOf = (chunks: Iterable<Buffer>) => {
  const hash = createHash('sha256');
  for (const chunk of chunks) hash.update(chunk);
  return hash.digest('hex');
};

/** Waits until a count has stood still. */
async function atRest(counted: () => number): Promise<void> {
  let last = { count: -1, since: 0 };
  await eventually('the count stands still', () => {
    const now = performance.now();
    if (counted() !== last.count) last = { count: counted(), since: now };
    return last.count > 0 && now - last.since > 300;
  });
}

describeTls('a connection over TLS', () => {
  it('carries what each end sends, and counts the bytes that it carries and not those of TLS', async () => {
    const server = await TlsServer.start();
    const closings$ = new Subject<Closing>();
    const closing = lastValueFrom(closings$.pipe(take(1)));
    const config = { port: server.port, tls: tls(), closed: closings$ };
    expect(await lastValueFrom(of('hello').pipe(tcpConnect(config), text()))).toBe('hello');
    const counted = { reason: 'ended', bytesRead: 5, bytesWritten: 5, bytesUnsent: 0, bytesDiscarded: 0 };
    expect(await server.first('closed')).toMatchObject(counted);
    expect(await closing).toMatchObject(counted);
  });

  it('carries many writes of one turn, which wait for the first one, in their order', async () => {
    const server = await TlsServer.start();
    const parts = Array.from({ length: 40 }, () => randomBytes(5_000));
    const answer = await lastValueFrom(from(parts).pipe(tcpConnect({ port: server.port, tls: tls() }), text()));
    expect(Buffer.from(answer, 'latin1').equals(Buffer.concat(parts))).toBe(true);
  });

  it('carries 64 MiB out, and asks for no more than the peer and the kernels take', async () => {
    const counted = { bytes: 0 };
    const server = await TlsServer.start({ writeTimeoutMs: Number.POSITIVE_INFINITY }, () => pieces(counted));
    const client = await server.client();
    await atRest(() => counted.bytes);
    expect(counted.bytes).toBeLessThan(mostUnreadBytes);
    const received: Buffer[] = [];
    for await (const chunk of client) received.push(chunk);
    expect(digestOf(received)).toBe(digestOf(pieces(counted)));
    client.end();
    expect(await server.first('closed')).toMatchObject({ reason: 'ended', bytesWritten: 64 * megabyte });
  });

  it('carries 64 MiB in, and reads no more than its handler takes', async () => {
    const [counted, held$] = [{ bytes: 0 }, new Subject<void>()];
    const server = await TlsServer.start({}, (chunks$) =>
      held$.pipe(
        take(1),
        switchMap(() => chunks$),
        map(({ length }) => String(length).padStart(8)),
      ),
    );
    const config = { port: server.port, tls: tls(), writeTimeoutMs: Number.POSITIVE_INFINITY };
    const sizes = lastValueFrom(tcpConnect(config)(pieces(counted)).pipe(text()));
    const { connection } = await server.first('opened');
    await atRest(() => counted.bytes);
    expect(counted.bytes).toBeLessThan(mostUnreadBytes);
    expect(connection.bytesRead).toBeLessThan(megabyte);
    held$.next();
    const total = (await sizes).match(/.{8}/g)?.reduce((sum, size) => sum + Number(size), 0);
    expect(total).toBe(64 * megabyte);
  });

  it('the whole reply arrives, and close_notify behind it, where the client ends its side before', async () => {
    const server = await TlsServer.start({}, (chunks$) => chunks$.pipe(delay(300)));
    const relay = await Relay.to(server.port);
    const client = await server.client({ port: relay.port, maxVersion: 'TLSv1.2' });
    client.end('hello');
    expect(await textOf(client)).toBe('hello');
    expect(await server.first('closed')).toMatchObject({ reason: 'ended', bytesWritten: 5 });
    // The types of TLS records (RFC 5246, 6.2.1): application data, then an alert, which is the last.
    expect(relay.recordTypes('from server').slice(-2)).toEqual([23, 21]);
  });

  it('a client ends its side with close_notify and gets the reply that comes later', async () => {
    const server = await TlsServer.start({}, (chunks$) =>
      chunks$.pipe(
        reduce((all, chunk) => all + chunk.toString(), ''),
        delay(100),
      ),
    );
    const relay = await Relay.to(server.port);
    const config = { port: relay.port, tls: { ...tls(), minVersion: 'TLSv1.2' as const } };
    expect(await lastValueFrom(of('a', 'b').pipe(tcpConnect(config), text()))).toBe('ab');
    expect(await server.first('closed')).toMatchObject({ reason: 'ended', bytesRead: 2, bytesWritten: 2 });
  });

  it('a client goes on sending behind the end of the server, where allowHalfOpen says so', async () => {
    const received: Bytes[] = [];
    const server = await TlsServer.start({}, (chunks$) => {
      chunks$.subscribe((chunk) => received.push(String(chunk)));
      return of('all I have');
    });
    const source$ = concat(of('early'), timer(200).pipe(map(() => 'late')));
    const config = { port: server.port, tls: tls(), allowHalfOpen: true };
    expect(await lastValueFrom(source$.pipe(tcpConnect(config), text()))).toBe('all I have');
    expect(await server.first('closed')).toMatchObject({ reason: 'ended', bytesRead: 9 });
    expect(received.join('')).toBe('earlylate');
  });

  it('replies that are due are sent before a server that is told to stop completes', async () => {
    const server = await TlsServer.start({}, (chunks$, connection) =>
      chunks$.pipe(withBackpressure(delay(200), connection)),
    );
    const client = await server.client();
    client.write('hello');
    await eventually('read', async () => (await server.first('opened')).connection.bytesRead === 5);
    server.stop();
    expect(await textOf(client)).toBe('hello');
    client.end();
    await server.completed();
    expect(server.events.at(-1)).toMatchObject({ type: 'closed', reason: 'ended', bytesWritten: 5 });
  });

  it('unsubscribing resets a connection in the middle of a transfer', async () => {
    const server = await TlsServer.start({}, () => concat(of(piece), NEVER));
    const client = await server.client();
    await once(client, 'readable');
    server.unsubscribe();
    const ending = textOf(client).catch(({ code }) => code);
    expect(await ending).toBe('ECONNRESET');
  });
});
