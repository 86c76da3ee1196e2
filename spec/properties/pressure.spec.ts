/** Under tight limits, whatever its clients do, a server's counters balance and a stop ends it. */
import fc from 'fast-check';
import { delay, map, merge, NEVER, of, take } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { echo, type Handler, inOrder, type TcpServerConfig, withBackpressure } from '../../lib/index.js';
import type { RawPeer } from '../support/raw-peer.js';
import { type Deed, deed, perform } from './deeds.js';
import { expectNoneEarly } from './limits.js';
import { runs } from './runs.js';
import { onStage, type Stage } from './stage.js';

const handlers: Record<string, Handler> = {
  'passes on': (chunks$) => chunks$,
  'echoes a connection': echo({ delayMs: 5, reply: 'raw' }),
  'echoes chunks': echo({ delayMs: 5, delayPer: 'chunk', reply: '<{data}>' }),
  'answers in order': (chunks$, connection) =>
    chunks$.pipe(inOrder((chunk, index) => of(chunk).pipe(delay(index % 4)), connection)),
  'delays within its window': (chunks$, connection) => chunks$.pipe(withBackpressure(delay(3), connection)),
  'hangs up after two chunks': (chunks$) => chunks$.pipe(take(2)),
  'never ends': (chunks$) => merge(chunks$, NEVER),
  'never reads': () => NEVER,
  'goes on after a reply that is none': () => of('ok', 7 as unknown as string, 'too late'),
  'fails at a long chunk': (chunks$) =>
    chunks$.pipe(
      map((chunk) => {
        if (chunk.length > 2_000) throw new Error('too long');
        return chunk;
      }),
    ),
};

const finite = fc.oneof(
  fc.constant(Number.POSITIVE_INFINITY),
  fc.integer({ min: 1, max: 40 }),
  fc.integer({ min: 1_000, max: 8_000 }), // from a second on the kernel is asked what is unacknowledged
);

const server = fc.record({
  highWaterMarkBytes: fc.integer({ min: 1, max: 8_000 }),
  maxChunkBytes: fc.oneof(fc.constant(Number.POSITIVE_INFINITY), fc.integer({ min: 16, max: 1_000 })),
  maxConnections: fc.integer({ min: 1, max: 4 }),
  idleTimeoutMs: finite,
  writeTimeoutMs: finite,
  halfCloseTimeoutMs: finite,
  maxLifetimeMs: finite,
  drainTimeoutMs: fc.nat(30),
});

const network = fc.record({ latencyMs: fc.nat(2), bufferBytes: fc.integer({ min: 100, max: 4_000 }) });

const script = fc.array(fc.tuple(fc.constantFrom('connect', 'act', 'act', 'act'), fc.nat(5), deed), {
  maxLength: 40,
  size: '+1',
});

function act(script: readonly [what: string, which: number, deed: Deed][], stage: Stage, check: () => void): RawPeer[] {
  const peers: RawPeer[] = [];
  for (const [what, which, deed] of script) {
    const peer = peers[which % peers.length];
    if (peer === undefined || what === 'connect') peers.push(stage.peer());
    else perform(deed, stage, peer);
    check();
  }
  return peers;
}

function hasCome(peer: RawPeer): boolean {
  let come = false;
  peer.when('connected').subscribe(() => {
    come = true;
  });
  return come;
}

/** Checks the counters of all connections, and returns how many are open. */
function checkBooks(stage: Stage, limits: TcpServerConfig): number {
  stage.ledgers.check();
  const [opened, closed] = [stage.of('opened'), stage.of('closed')];
  expect(new Set(closed.map(({ connection }) => connection)).size).toBe(closed.length);
  for (const { connection, reason, error, type, durationMs, ...bytes } of closed) {
    expect(connection).toMatchObject(bytes); // nothing is counted behind the end
    expect(connection.bytesHeld).toBe(0);
    if (reason === 'ended') expect(connection.bytesUnsent).toBe(0);
  }
  expectNoneEarly(closed, limits);
  const active = opened.length - closed.length;
  expect(active).toBeLessThanOrEqual(limits.maxConnections as number);
  return active;
}

describe.each(Object.entries(handlers))('a server under tight limits with a handler that %s', (_, handler) => {
  it('has counters that balance at every moment, and completes within its drain timeout with nothing left', () => {
    const property = fc.property(script, server, network, (script, limits, network) => {
      onStage({ handler, server: limits, network }, (stage) => {
        const check = () => checkBooks(stage, { port: 0, ...limits });
        const peers = act(script, stage, check);
        stage.clock.advance(network.latencyMs);
        expect(stage.of('opened').length + stage.of('dropped').length).toBe(peers.filter(hasCome).length);
        const stoppedAt = stage.clock.now;
        stage.stop();
        stage.clock.advance(limits.drainTimeoutMs + network.latencyMs);
        expect(check()).toBe(0);
        expect(stage.completedAt).toBeLessThanOrEqual(stoppedAt + limits.drainTimeoutMs + network.latencyMs);
        stage.clock.advance(network.latencyMs);
        expect(stage.clock.timers).toBe(0);
      });
    });
    fc.assert(property, runs(100));
  });
});
