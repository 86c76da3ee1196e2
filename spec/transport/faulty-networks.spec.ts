/** Faults over each network: bytes arrive, ends and resets are real ones, and nothing is left open. */
import { catchError, concat, concatMap, defer, map, merge, NEVER, of, range, take, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import {
  bandwidth,
  closeAfterReply,
  type Fault,
  faulty,
  latency,
  refuse,
  resetPeer,
  type SocketEvents,
  slicer,
  slowClose,
  type Transport,
  type TransportSocket,
} from '../../lib/index.js';
import { networks } from '../support/networks.js';
import { serving, text } from '../support/serving.js';

const letters = Array.from({ length: 100_000 }, (_, index) => String.fromCharCode(97 + (index % 26))).join('');

describe.each(networks)('a server and a client over faults on the $name', ({ play }) => {
  it.each<[string, Fault[]]>([
    ['no fault', []],
    ['latency', [latency({ ms: 2, jitterMs: 2 })]],
    ['slices', [slicer({ bytes: 1_000, variation: 999 })]],
    ['slices a millisecond apart', [slicer({ bytes: 5_000, delayMs: 1 })]],
    ['a slow link', [bandwidth({ bytesPerSecond: 2_000_000 }), latency({ ms: 1 }), slowClose({ ms: 5 })]],
  ])('send and receive all bytes, then both ends: %s', async (_, faults) => {
    const seen = await play((transport) =>
      serving(
        faulty(transport, faults, { seed: 1 }),
        (chunks$) => chunks$,
        {},
        ({ connect, closed$ }) =>
          concat(
            of(letters).pipe(connect(), text()),
            closed$.pipe(map(({ reason, bytesUnsent }) => [reason, bytesUnsent])).pipe(take(1)),
          ),
      ),
    );
    expect(seen).toEqual([letters, ['ended', 0]]);
  });

  it('fail the first three, then work', async () => {
    const [codes] = await play((transport) =>
      serving(
        faulty(transport, [refuse({ first: 3 })]),
        (chunks$) => chunks$,
        {},
        ({ connect }) => {
          const client$ = defer(() => of('ok').pipe(connect(), text()));
          const outcome$ = client$.pipe(catchError(({ code }) => of(code)));
          return range(7).pipe(
            concatMap(() => outcome$),
            toArray(),
          );
        },
      ),
    );
    const [refused, reset] = ['ERR_CONNECTION_REFUSED', 'ERR_CONNECTION_RESET'];
    expect(codes).toEqual([refused, refused, refused, reset, reset, reset, 'ok']);
  });

  it('let what was sent before a reset or a close arrive', async () => {
    const outcomes = [resetPeer({ afterBytes: 3, direction: 'outgoing' }), closeAfterReply()].map((fault) =>
      play((transport) =>
        serving(
          faulty(transport, [fault]),
          (chunks$) => concat(chunks$, NEVER),
          {},
          ({ peer }) => {
            const raw = peer();
            raw.send('hello');
            return merge(raw.when('failed'), raw.when('ended')).pipe(
              take(1),
              map(() => [raw.received, raw.failure?.code]),
            );
          },
        ),
      ),
    );
    expect(await Promise.all(outcomes)).toEqual([[['hel', 'ERR_CONNECTION_RESET']], [['hello', undefined]]]);
  });
});

describe('a faulty socket that secures itself', () => {
  it('hands the handshake what was held of it', () => {
    let events: SocketEvents | undefined;
    let secured = '';
    const below = { write() {}, cork() {}, uncork() {}, pause() {}, resume() {}, queuedBytes: 0, queuedWrites: 0 };
    const socket = {
      ...below,
      local: { host: 'l', port: 1 },
      remote: { host: 'r', port: 2 },
      open: (owner: SocketEvents) => {
        events = owner;
      },
      secure: (received: Buffer) => {
        secured = String(received);
      },
    } as unknown as TransportSocket;
    const transport = { capacity: () => 1, connect: () => socket, listen: () => {} } as unknown as Transport;
    const bad = faulty(transport, [slicer({ bytes: 4, delayMs: 1_000 })]);
    const client = bad.connect({ host: 'h', port: 1, noDelay: true, keepAliveMs: 1_000 });
    const nothing = (): void => {};
    const owner = { connected: nothing, peerEnded: nothing, uncorked: nothing, drained: nothing, failed: nothing };
    client.open({ ...owner, closed: nothing, chunk: (header) => client.secure?.(header.subarray(2)) });
    events?.connected();
    events?.chunk(Buffer.from('hdrest of it'));
    expect(secured).toBe('rest of it');
    events?.closed();
  });
});
