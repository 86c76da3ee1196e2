/** Links that break, hold and change at any instants: what arrives of a connection is what was sent, in order, to the last byte. */
import fc from 'fast-check';
import { concatMap, from, type Observable, timer } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { memoryNetwork, type TcpConnectConfig, type TcpServerConfig, tcpConnect, tcpServer } from '../../lib/index.js';
import { runs } from './runs.js';
import { byHand } from './stage.js';

const never = Number.POSITIVE_INFINITY;
const lengthMs = 1_000;

const linkActs = ['partition', 'repair', 'hold', 'release', 'link'];

const actsOf = (names: readonly string[]) =>
  fc.array(fc.record({ at: fc.nat(lengthMs), act: fc.constantFrom(...names), ms: fc.nat(50) }), { maxLength: 20 });

/** What each client sends: pieces, each so long after the one before. */
const clients = fc.array(
  fc.array(fc.record({ afterMs: fc.nat(200), bytes: fc.integer({ min: 1, max: 3_000 }) }), { maxLength: 10 }),
  { minLength: 1, maxLength: 3 },
);

const network = fc.record({ latencyMs: fc.nat(20), bufferBytes: fc.integer({ min: 50, max: 4_000 }), seed: fc.nat() });

interface Play {
  readonly acts: readonly { readonly at: number; readonly act: string; readonly ms: number }[];
  readonly clients: readonly (readonly { readonly afterMs: number; readonly bytes: number }[])[];
  readonly network: { readonly latencyMs: number; readonly bufferBytes: number; readonly seed: number };
}

interface Limits {
  readonly server?: Partial<TcpServerConfig>;
  readonly client?: Partial<TcpConnectConfig>;
}

interface Outcome {
  readonly sent: string;
  received: string;
  end: string;
}

/** Each byte by its place, so that a byte that is lost, doubled or moved shows. */
const alphabet = Array.from({ length: 89 }, (_, index) => String.fromCharCode(33 + index)).join('');
const textOf = (bytes: number): string => alphabet.repeat(Math.ceil(bytes / alphabet.length)).slice(0, bytes);

/** What an echo server on one host answers to clients on another; all is repaired and released in the end. */
function outcomes({ acts, clients, network: config }: Play, limits: Limits): { outcomes: Outcome[]; trace: string } {
  const trace: string[] = [];
  const outcomes = byHand((clock) => {
    const network = memoryNetwork({ ...config, trace: (line) => trace.push(`${clock.now} ${line}`) });
    const serve = () =>
      tcpServer({ port: 7, transport: network.host('db'), ...limits.server }, (chunks$) => chunks$).subscribe({
        error: () => {}, // after a crash, or because it listens already
      });
    serve();
    const transport = network.host('web');
    const all = clients.map((pieces) => {
      const outcome: Outcome = {
        sent: textOf(pieces.reduce((sum, { bytes }) => sum + bytes, 0)),
        received: '',
        end: 'open',
      };
      echoed(outcome.sent, pieces)
        .pipe(tcpConnect({ host: 'db', port: 7, transport, ...limits.client }))
        .subscribe({
          next: (chunk) => {
            outcome.received += chunk;
          },
          error: ({ code }) => {
            outcome.end = code;
          },
          complete: () => {
            outcome.end = 'complete';
          },
        });
      return outcome;
    });
    for (const { at, act, ms } of [...acts].sort((one, other) => one.at - other.at)) {
      clock.advance(at - clock.now);
      if (act === 'link') network.link('web', 'db', { latencyMs: ms, jitterMs: ms });
      else if (act === 'crash') network.crash('db');
      else if (act !== 'restart') network[act as 'partition' | 'repair' | 'hold' | 'release']('web', 'db');
      if (act !== 'restart') continue;
      network.restart('db');
      serve();
    }
    network.restart('db');
    network.release('web', 'db');
    network.repair('web', 'db');
    clock.advance(10_000_000);
    expect(clock.timers).toBe(0);
    return all;
  });
  return { outcomes, trace: trace.join('\n') };
}

/** The text in pieces at their times. */
function echoed(text: string, pieces: Play['clients'][number]): Observable<string> {
  let start = 0;
  return from(pieces).pipe(
    concatMap(({ afterMs, bytes }) => {
      const piece = text.slice(start, start + bytes);
      start += bytes;
      return timer(afterMs).pipe(concatMap(() => [piece]));
    }),
  );
}

const play = fc.record({ acts: actsOf(linkActs), clients, network });
const playWithCrashes = fc.record({ acts: actsOf([...linkActs, 'crash', 'restart']), clients, network });

describe('connections over a link that breaks, holds and changes', () => {
  it('without limits all end in order, with every byte in its place', () => {
    const common = { writeTimeoutMs: never, keepAliveMs: never };
    const limits = { server: { ...common, halfCloseTimeoutMs: never }, client: { ...common, connectTimeoutMs: never } };
    const property = fc.property(play, (play) => {
      for (const { sent, received, end } of outcomes(play, limits).outcomes) {
        expect([end, received]).toEqual(['complete', sent]);
      }
    });
    fc.assert(property, runs(200));
  });

  it('and hosts that crash, with limits, what has arrived is the beginning of what was sent, and all of it where it is complete', () => {
    const common = { writeTimeoutMs: 100, keepAliveMs: 1_000 };
    const limits = { server: { ...common, halfCloseTimeoutMs: 150 }, client: { ...common, connectTimeoutMs: 300 } };
    const property = fc.property(playWithCrashes, (play) => {
      for (const { sent, received, end } of outcomes(play, limits).outcomes) {
        expect(end).not.toBe('open');
        expect(sent.startsWith(received)).toBe(true);
        if (end === 'complete') expect(received).toBe(sent);
      }
    });
    fc.assert(property, runs(200));
  });

  it('happen alike each time', () => {
    const property = fc.property(playWithCrashes, (play) => {
      expect(outcomes(play, {}).trace).toBe(outcomes(play, {}).trace);
    });
    fc.assert(property, runs(30));
  });
});
