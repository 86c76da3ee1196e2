/** Faults over each network: bytes arrive, ends and resets are real ones, and nothing is left open. */
import {
  asyncScheduler,
  catchError,
  concat,
  concatMap,
  defer,
  map,
  merge,
  NEVER,
  type Observable,
  of,
  range,
  take,
  toArray,
} from 'rxjs';
import { describe, expect, it } from 'vitest';
import {
  bandwidth,
  closeAfterReply,
  type Fault,
  faulty,
  type ListenerEvents,
  latency,
  memoryNetwork,
  refuse,
  resetPeer,
  type SocketEvents,
  slicer,
  slowClose,
  TcpError,
  type Transport,
  type TransportSocket,
} from '../../lib/index.js';
import { networks } from '../support/networks.js';
import { serving, text } from '../support/serving.js';
import { inVirtualTime } from '../support/virtual-time.js';

type Faults = readonly Fault[] | Observable<readonly Fault[]>;

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

const nothing = (): void => {};

/** A client over these faults whose transport is the spec, and what that transport reports to it. */
function clientOver(faults: Faults, { chunk = nothing, ...below }: Partial<TransportSocket & SocketEvents>) {
  let events: SocketEvents | undefined;
  const socket = {
    ...{ write: nothing, cork: nothing, uncork: nothing, pause: nothing, resume: nothing },
    ...{ queuedBytes: 0, queuedWrites: 0, local: { host: 'l', port: 1 }, remote: { host: 'r', port: 2 } },
    ...below,
    open: (owner: SocketEvents) => {
      events = owner;
    },
  } as unknown as TransportSocket;
  const transport = { capacity: () => 1, connect: () => socket, listen: nothing } as unknown as Transport;
  const client = faulty(transport, faults).connect({ host: 'h', port: 1, noDelay: true, keepAliveMs: 1_000 });
  const owner = { connected: nothing, peerEnded: nothing, uncorked: nothing, drained: nothing, failed: nothing };
  client.open({ ...owner, closed: nothing, chunk });
  events?.connected();
  return { client, events };
}

describe('a faulty socket', () => {
  it('that secures itself hands the handshake what was held of it', () => {
    let secured = '';
    const { client, events } = clientOver([slicer({ bytes: 4, delayMs: 1_000 })], {
      chunk: (header) => client.secure?.(header.subarray(2)),
      secure: (received) => {
        secured = String(received);
      },
    });
    events?.chunk(Buffer.from('hdrest of it'));
    expect(secured).toBe('rest of it');
    events?.closed();
  });

  it('does not know what is unacknowledged where its transport does not', () => {
    let unacknowledged: number | undefined;
    const { client, events } = clientOver([latency({ ms: 1_000 })], { unacknowledgedBytes: () => unacknowledged });
    client.write(Buffer.from('abc'));
    expect(client.unacknowledgedBytes()).toBeUndefined();
    unacknowledged = 4;
    expect(client.unacknowledgedBytes()).toBe(7);
    events?.closed();
  });

  it('holds bytes without the block that they were read into, and copies none where no fault strikes', () => {
    const block = Buffer.alloc(8_192, 'x');
    const received: Buffer[] = [];
    const chunk = (bytes: Buffer) => received.push(bytes);
    for (const faults of [[slowClose({ ms: 1 })], of([])]) {
      const { events } = clientOver(faults, { chunk });
      events?.chunk(block.subarray(0, 3));
      events?.closed();
    }
    expect(received.map(String)).toEqual(['xxx', 'xxx']);
    expect(received.map(({ buffer }) => buffer.byteLength)).toEqual([3, block.buffer.byteLength]);
  });
});

describe('what a fault holds of what a peer sends', () => {
  it('stops the peer above 64 KiB, until half of that is left', () => {
    const told: string[] = [];
    inVirtualTime(() => {
      const startedAt = asyncScheduler.now();
      const note = (what: string) => () => told.push(`${asyncScheduler.now() - startedAt} ${what}`);
      const { events } = clientOver([bandwidth({ bytesPerSecond: 10_000, direction: 'incoming' })], {
        pause: note('pause'),
        resume: note('resume'),
      });
      events?.chunk(Buffer.alloc(65_536));
      events?.chunk(Buffer.alloc(1));
    });
    expect(told).toEqual(['0 pause', '3300 resume']); // 33 portions of 1 000 bytes
  });
});

describe('a faulty listener', () => {
  const options = { host: 'h', port: 1, noDelay: true, keepAliveMs: 1_000, backlog: 1 };

  it('tells what the one below tells, and renews certificates where that one does', () => {
    const told: unknown[] = [];
    const note =
      (name: string) =>
      (...args: unknown[]) =>
        told.push([name, ...args]);
    const names = ['listening', 'accepted', 'lost', 'warned', 'failed'] as const;
    const events = Object.fromEntries(names.map((name) => [name, note(name)])) as unknown as ListenerEvents;
    let below: ListenerEvents | undefined;
    const listen: Transport['listen'] = (_, owner) => {
      below = owner;
      return { stop: note('stop'), close: note('close'), renewTls: note('renewTls') };
    };
    const transport = { capacity: () => 7, listen, connect: () => {} } as unknown as Transport;
    const listener = faulty(transport, []).listen(options, events);
    const error = new TcpError('ERR_SYSTEM', 'The spec says so');
    below?.listening({ host: 'h', port: 1 });
    below?.lost();
    below?.warned(error);
    below?.failed(error);
    listener.renewTls?.({ key: 'k', cert: 'c' });
    listener.close();
    expect(told).toEqual([
      ['listening', { host: 'h', port: 1 }],
      ['lost'],
      ['warned', error],
      ['failed', error],
      ['renewTls', { key: 'k', cert: 'c' }],
      ['close'],
    ]);
    expect(faulty(transport, []).capacity()).toBe(7);
    expect(faulty(memoryNetwork(), []).listen(options, events).renewTls).toBeUndefined();
  });
});
