import { createHash, randomBytes } from 'node:crypto';
import {
  delay,
  ignoreElements,
  map,
  mergeWith,
  NEVER,
  of,
  reduce,
  Subject,
  switchMap,
  take,
  takeUntil,
  tap,
  timer,
} from 'rxjs';
import { describe, expect, it } from 'vitest';
import {
  echo,
  type Handler,
  inOrder,
  memoryNetwork,
  tcpConnect,
  tcpServer,
  withBackpressure,
} from '../../lib/index.js';
import { networks } from '../support/networks.js';
import { serving, text } from '../support/serving.js';
import { inVirtualTime } from '../support/virtual-time.js';

const identity: Handler = (chunks$) => chunks$;

/** More than the kernel's buffers of both ends hold on loopback, so a peer that does not read fills the window. */
const floodBytes = 32 * 1024 * 1024;

/** What may be read and not yet counted when reading pauses: a read or two. */
const slackBytes = 256 * 1024;

describe.each(networks)('flow control over the $name', ({ name, play }) => {
  it('5 MB come back unchanged through an echo', async () => {
    const sent = randomBytes(5_000_000);
    const hash = () =>
      reduce((sum: ReturnType<typeof createHash>, chunk: Buffer) => sum.update(chunk), createHash('sha256'));
    const got = await play((transport) =>
      serving(transport, echo({ delayMs: 20, reply: 'raw' }), { maxChunkBytes: 1_024 }, ({ connect }) =>
        of(sent).pipe(
          connect(),
          hash(),
          map((sum) => sum.digest('hex')),
        ),
      ),
    );
    expect(got).toEqual([createHash('sha256').update(sent).digest('hex')]);
  });

  it('a peer that does not read is read from no further than its replies find room, and receives all once it reads', async () => {
    const [result] = await play((transport) =>
      serving(transport, identity, {}, ({ peer, events }) => {
        const client = peer();
        client.socket.pause();
        const flooded$ = client.when('connected').pipe(
          tap(() => client.send(Buffer.alloc(floodBytes))),
          switchMap(() => timer(300)), // no news tells that nothing happens
          map(() => {
            const opened = events.find((event) => event.type === 'opened');
            return opened?.connection.bytesRead ?? 0;
          }),
        );
        return flooded$.pipe(
          switchMap((readBytes) => {
            client.socket.resume();
            return client.whenReceived(floodBytes).pipe(
              tap(() => client.socket.end()),
              map(() => ({ stopped: readBytes < floodBytes - slackBytes, received: client.receivedBytes })),
            );
          }),
        );
      }),
    );
    expect(result).toEqual({ stopped: true, received: floodBytes });
  });

  it('chunks that an operator holds in the window pause reading at the high-water mark', async () => {
    const release$ = new Subject<void>();
    const handler: Handler = (chunks$, connection) =>
      chunks$.pipe(
        inOrder(
          (chunk) =>
            release$.pipe(
              take(1),
              map(() => chunk),
            ),
          connection,
        ),
      );
    const highWaterMarkBytes = 10_000;
    const [most] = await play((transport) =>
      serving(transport, handler, { highWaterMarkBytes }, ({ peer, events$ }) => {
        const client = peer();
        client.send(Buffer.alloc(floodBytes));
        return events$.pipe(
          take(2),
          reduce((_, event) => (event.type === 'opened' ? event.connection : undefined), undefined as unknown),
          delay(100), // no news tells that nothing happens
          map((connection) => (connection as { bytesRead: number }).bytesRead),
          tap(() => client.socket.reset()),
        );
      }),
    );
    const kernelBuffers = name === 'memory network' ? 65_536 : 65_536 + highWaterMarkBytes;
    expect(most).toBeLessThanOrEqual(highWaterMarkBytes + kernelBuffers);
  });

  it('an operator that holds chunks in the window emits all of them, in order', async () => {
    const sent = Array.from({ length: 2_000 }, (_, index) => `${index};`);
    const handler: Handler = (chunks$, connection) => chunks$.pipe(withBackpressure(delay(5), connection));
    const got = await play((transport) =>
      serving(transport, handler, { highWaterMarkBytes: 1_000, maxChunkBytes: 16 }, ({ connect }) =>
        of(...sent).pipe(connect(), text()),
      ),
    );
    expect(got).toEqual([sent.join('')]);
  });

  it('a client’s writable is told false when its queue is full and true when it is empty', async () => {
    const writable$ = new Subject<boolean>();
    const told: boolean[] = [];
    writable$.subscribe((writable) => told.push(writable));
    await play((transport) =>
      serving(
        transport,
        (chunks$) => chunks$.pipe(ignoreElements()),
        {},
        ({ port }) => of(Buffer.alloc(floodBytes)).pipe(tcpConnect({ port, transport, writable: writable$ })),
      ),
    );
    expect(told).toEqual([false, true]);
  });
});

describe('a client’s writable', () => {
  it.each([
    [65_537, []],
    [65_538, [false]],
    [70_000, [false]],
  ])('is told false once, when more than 64 KiB wait: %i bytes of which one is sent', (bytes, expected) => {
    const told: boolean[] = [];
    inVirtualTime(() => {
      const transport = memoryNetwork({ bufferBytes: 1 });
      const handler = () => NEVER;
      const server = tcpServer({ port: 1, transport, highWaterMarkBytes: 1 }, handler).subscribe();
      const writable = { next: (isWritable: boolean) => told.push(isWritable) };
      const onceConnected$ = timer(1).pipe(switchMap(() => of(Buffer.alloc(bytes - 2), 'a', 'b')));
      const sent$ = onceConnected$.pipe(mergeWith(NEVER));
      sent$.pipe(tcpConnect({ port: 1, transport, writable }), takeUntil(timer(1_000))).subscribe({
        complete: () => server.unsubscribe(),
      });
    });
    expect(told).toEqual(expected);
  });
});
