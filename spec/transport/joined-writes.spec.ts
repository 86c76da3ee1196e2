/** Small writes that are put together for the kernel, where the kernel does not take them at once. */
import net from 'node:net';
import { filter, firstValueFrom, Observable, Subject } from 'rxjs';
import { expect, it, onTestFinished } from 'vitest';
import { type Connection, type ServerEvent, tcpServer } from '../../lib/index.js';

/** Two small replies a turn, until the kernel takes no more. */
const repliesUntilFull = (connection: Connection, full$: Subject<Connection>) =>
  new Observable<string>((subscriber) => {
    const next = (): void => {
      if (connection.bytesUnsent > 0) {
        full$.next(connection);
        return;
      }
      subscriber.next('a'.repeat(1_500));
      subscriber.next('a'.repeat(1_501));
      setImmediate(next);
    };
    next();
  });

it('a peer that does not read gets its own bytes, whatever other peers are sent meanwhile', async () => {
  const events$ = new Subject<ServerEvent>();
  const full$ = new Subject<Connection>();
  const listening = firstValueFrom(events$.pipe(filter(({ type }) => type === 'listening')));
  const server = tcpServer({ port: 0 }, (_chunks$, connection) => {
    if (connection.id > 1) return ['b'.repeat(1_500), 'b'.repeat(1_501)];
    return repliesUntilFull(connection, full$);
  }).subscribe(events$);
  onTestFinished(() => server.unsubscribe());
  const event = await listening;
  const port = event.type === 'listening' ? Number(event.address.port) : 0;

  const full = firstValueFrom(full$);
  const slow = net.connect({ port, host: '127.0.0.1' }).pause();
  onTestFinished(() => void slow.destroy());
  const { bytesWritten, bytesUnsent } = await full;
  const other = net.connect({ port, host: '127.0.0.1' });
  let otherBytes = 0;
  for await (const chunk of other) otherBytes += chunk.length;
  expect(otherBytes).toBe(3_001);

  let received = '';
  for await (const chunk of slow) {
    received += chunk;
    if (received.length >= bytesWritten + bytesUnsent) break;
  }
  expect(received.replaceAll('a', '')).toBe('');
}, 20_000);
