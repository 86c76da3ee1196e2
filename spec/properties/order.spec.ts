/** Replies come in order, at the instant when they are due, and no later because of other clients. */
import fc from 'fast-check';
import { delay, of, take, timer } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { echo, type Handler, inOrder } from '../../lib/index.js';
import { RawPeer } from '../support/raw-peer.js';
import { runs } from './runs.js';
import { onStage, type Stage } from './stage.js';

const frameBytes = 6;

const frame = (number: number): string => String(number).padStart(frameBytes, '0');

const framesIn = (text: string): number[] => (text.match(new RegExp(`.{${frameBytes}}`, 'gs')) ?? []).map(Number);

const latencyMs = fc.nat(5);
const delayMs = fc.oneof(fc.nat(3), fc.nat(1_000));

/** The instants at which each of some connections sends its next frame. */
const schedule = fc.array(fc.array(fc.nat(300), { minLength: 1, maxLength: 20 }), { minLength: 1, maxLength: 5 });

interface Arrival {
  readonly at: number;
  readonly frame: number;
}

/** A client that sends frames at these instants, numbered from 0, and notes when each comes back whole. */
function framesSentAt(stage: Stage, instants: readonly number[]): { readonly sent: number[]; readonly got: Arrival[] } {
  const client = new RawPeer(stage.transport, stage.port);
  const sent = [...instants].sort((a, b) => a - b);
  const got: Arrival[] = [];
  client.news$.subscribe((news) => {
    const frames = news === 'chunk' ? framesIn(client.received) : [];
    for (const frame of frames.slice(got.length)) got.push({ at: stage.clock.now - startedAt, frame });
  });
  const startedAt = stage.clock.now + 100; // by then all clients are connected
  for (const [number, at] of sent.entries()) timer(100 + at).subscribe(() => client.send(frame(number)));
  return { sent, got };
}

describe('the replies of several connections', () => {
  const unequal: Handler = (chunks$, connection) =>
    chunks$.pipe(inOrder((chunk, index) => of(chunk).pipe(delay((index * 7) % 11)), connection));
  const handlers: [name: string, handler: (delayMs: number) => Handler][] = [
    ['for each chunk', (delayMs) => echo({ delayMs, delayPer: 'chunk', reply: 'raw' })],
    ['for the connection', (delayMs) => echo({ delayMs, reply: 'raw' })],
    ['of different length for each chunk', () => unequal],
  ];

  it.each(handlers)('carry all sequence numbers in order on each connection, after a delay %s', (_, handler) => {
    const maxChunkBytes = fc.integer({ min: 1, max: 20 });
    const property = fc.property(schedule, delayMs, latencyMs, maxChunkBytes, (schedule, delayMs, latencyMs, most) => {
      const setting = { handler: handler(delayMs), network: { latencyMs }, server: { maxChunkBytes: most } };
      const numbers = onStage(setting, (stage) => {
        const clients = schedule.map((instants) => framesSentAt(stage, instants));
        stage.clock.advance(10_000);
        return clients.map(({ got }) => got.map(({ frame }) => frame));
      });
      expect(numbers).toEqual(schedule.map((instants) => [...instants.keys()]));
    });
    fc.assert(property, runs(300));
  });
});

describe('the instant of a reply', () => {
  it('is that of its chunk, later by the delay to the millisecond, on every connection', () => {
    const property = fc.property(schedule, delayMs, latencyMs, (schedule, delayMs, latencyMs) => {
      const handler = echo({ delayMs, delayPer: 'chunk', reply: 'raw' });
      onStage({ handler, network: { latencyMs } }, (stage) => {
        const clients = schedule.map((instants) => framesSentAt(stage, instants));
        stage.clock.advance(10_000);
        for (const { sent, got } of clients) {
          expect(got.map(({ at }) => at)).toEqual(sent.map((at) => at + delayMs + 2 * latencyMs));
        }
      });
    });
    fc.assert(property, runs(300));
  });

  it('is not before the delay of its connection is over, nor before its chunk has come', () => {
    const property = fc.property(schedule, delayMs, latencyMs, (schedule, delayMs, latencyMs) => {
      onStage({ handler: echo({ delayMs, reply: 'raw' }), network: { latencyMs } }, (stage) => {
        const clients = schedule.map((instants) => framesSentAt(stage, instants));
        stage.clock.advance(10_000);
        const readAt = latencyMs + delayMs - 100; // counted from when the first frame can be sent
        for (const { sent, got } of clients) {
          const due = sent.map((at) => Math.max(at + latencyMs, readAt) + latencyMs);
          expect(got.map(({ at }) => at)).toEqual(due);
        }
      });
    });
    fc.assert(property, runs(300));
  });

  it('is the same whatever other clients send, and whether they read or not', () => {
    const flood = fc.record({ kilobytes: fc.nat(600), times: fc.nat(4), reads: fc.boolean(), resets: fc.boolean() });
    const pings = fc.array(fc.nat(300), { minLength: 1, maxLength: 10 });
    const property = fc.property(pings, fc.array(flood, { maxLength: 4 }), delayMs, (pings, floods, delayMs) => {
      const handler = echo({ delayMs, delayPer: 'chunk', reply: '{data}' });
      const setting = { handler, network: { latencyMs: 1, bufferBytes: 65_536 }, server: { maxChunkBytes: 1_024 } };
      onStage(setting, (stage) => {
        for (const { kilobytes, times, reads, resets } of floods) {
          const flooder = stage.peer();
          if (!reads) flooder.socket.pause();
          const blocks$ = timer(0, 50).pipe(take(times));
          blocks$.subscribe(() => flooder.send(Buffer.alloc(kilobytes * 1_024)));
          if (resets) timer(200).subscribe(() => flooder.socket.reset());
        }
        const { sent, got } = framesSentAt(stage, pings);
        stage.clock.advance(5_000);
        expect(got.map(({ at }) => at)).toEqual(sent.map((at) => at + delayMs + 2));
      });
    });
    fc.assert(property, runs(40));
  });
});
