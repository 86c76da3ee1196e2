/** The fault catalogue, as far as it concerns peers and networks: each case with its own details for each seed. */
import { concat, mergeMap, NEVER, take, throwError } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { bandwidth, type CloseReason, latency, limitData, slicer } from '../../lib/index.js';
import type { Act, Client, Piece } from './clients.js';
import { everySeed } from './seeds.js';
import { atOnce, counted, delayed, summed, uneven } from './services.js';
import { playOut, same, type Trial } from './trial.js';

const never = Number.POSITIVE_INFINITY;

/** What is left to travel when a limit is out, or to be looked at. */
const slackMs = 1_000;

/** On links like these, there and back again takes less than that. */
const anyLink = (trial: Trial): void => {
  const latencyMs = trial.dice.between(0, 100);
  trial.network.link('web', 'db', { latencyMs, jitterMs: trial.dice.between(0, latencyMs) });
};

const piece = (bytes: number, afterMs = 0): Piece => ({ afterMs, bytes });
const act = (what: Act['do'], afterMs = 0, bytes = 0): Act => ({ do: what, afterMs, bytes });

/** In pieces of all sizes. */
const pieces = ({ dice }: Trial, most = 6): Piece[] =>
  dice.some(
    most,
    () => piece(dice.pick(dice.between(1, 9), dice.between(1, 20_000)), dice.pick(0, dice.between(0, 90))),
    1,
  );

function expectClosed(trial: Trial, client: Client, reason: CloseReason, least = 0, most = never): void {
  const closing = trial.closing(client);
  expect(closing.reason).toBe(reason);
  expect(closing.durationMs).toBeGreaterThanOrEqual(least);
  expect(closing.durationMs).toBeLessThanOrEqual(most);
}

type Case = (trial: Trial) => () => void;

const integrity: Record<string, Case> = {
  'F01: a client that half-closes and waits receives the whole reply, not before its delay'(trial) {
    const delayMs = trial.dice.between(1, 5_000);
    anyLink(trial);
    trial.serve(delayed(delayMs, trial.dice.pick('connection', 'chunk')));
    const client = trial.stream({ pieces: [piece(trial.dice.between(1, 2_000))], ends: 'at once' });
    return () => {
      trial.expectAnswered(client);
      expect(client.overAt).toBeGreaterThanOrEqual(delayMs);
      expect(client.overAt).toBeLessThanOrEqual(delayMs + slackMs);
    };
  },

  'F02: a client that half-closes behind a long backlog and reads slowly receives all of it'(trial) {
    const { dice } = trial;
    anyLink(trial);
    trial.serve(dice.pick(atOnce, delayed(dice.between(1, 50)), counted(5)), {
      highWaterMarkBytes: dice.pick(600, 65_536),
    });
    const reads = Array.from({ length: dice.between(5, 30) }, () => [
      act('resume', dice.between(1, 400)),
      act('pause'),
    ]).flat();
    const client = trial.raw([
      act('pause'),
      act('send', 1, dice.between(100_000, 400_000)),
      act('end'),
      ...reads,
      act('resume', 1),
    ]);
    return () => trial.expectAnswered(client);
  },

  'F03: bytes and FIN that come together are both taken, once'(trial) {
    anyLink(trial);
    trial.serve(trial.dice.pick(atOnce, summed, delayed(1)));
    const client = trial.raw([act('send', 0, trial.dice.pick(1, 65_536, trial.dice.between(1, 65_536))), act('end')]);
    return () => trial.expectAnswered(client);
  },

  'F04: single bytes come back whole and in order'(trial) {
    anyLink(trial);
    trial.serve(trial.dice.pick(atOnce, delayed(3), uneven(3, 2)));
    const dribble = trial.dice.some(200, () => piece(1, trial.dice.between(0, 1)), 100);
    const client = trial.stream({ pieces: dribble, ends: trial.dice.pick('at once', 'answered') });
    return () => trial.expectAnswered(client);
  },

  'F05: a burst that is larger than all buffers comes back whole'(trial) {
    anyLink(trial);
    trial.serve(trial.dice.pick(atOnce, delayed(10), counted(10)));
    const client = trial.stream({ pieces: [piece(500_000)], ends: 'at once' });
    return () => trial.expectAnswered(client);
  },

  'F07, F08: chunks of one instant keep their order, with delays of 0 and 1 ms and with answers that overtake each other'(
    trial,
  ) {
    const { dice } = trial;
    trial.serve(dice.pick(delayed(0), delayed(1), uneven(5, dice.between(2, 6))), {
      maxChunkBytes: dice.pick(10, never),
    });
    const client = trial.raw([
      ...dice.some(200, () => act('send', 0, dice.between(1, 30)), 50),
      act('end', dice.between(0, 2)),
    ]);
    return () => trial.expectAnswered(client);
  },

  'F09: FIN at the instant of the reply changes nothing'(trial) {
    const delayMs = trial.dice.between(3, 20);
    trial.serve(delayed(delayMs, trial.dice.pick('connection', 'chunk')));
    const client = trial.raw([act('send', 0, 5), act('end', delayMs + trial.dice.between(-2, 2))]);
    return () => trial.expectAnswered(client);
  },
};

const backpressure: Record<string, Case> = {
  'F11, F17: a client that sends and does not read is read up to the window; when it reads, all comes back'(trial) {
    const { dice } = trial;
    anyLink(trial);
    const highWaterMarkBytes = dice.pick(600, 20_000, 65_536);
    const server = trial.serve(dice.pick(atOnce, delayed(5), counted(20), uneven(9, 3)), {
      highWaterMarkBytes,
      writeTimeoutMs: never,
    });
    const client = trial.raw([act('pause'), act('send', 0, 600_000), act('end'), act('resume', 10_000)]);
    let readBytes = never;
    trial.at(9_000, () => {
      readBytes = [...server.talks.values()][0]?.connection.bytesRead ?? never;
    });
    return () => {
      // Its answers are in two buffers of the network, what is behind them in the window, and there one chunk may be too much.
      expect(readBytes).toBeLessThanOrEqual(highWaterMarkBytes + 3 * 65_536);
      trial.expectAnswered(client);
    };
  },

  'F13: a client that never reads is closed when it has accepted nothing for writeTimeoutMs'(trial) {
    const writeTimeoutMs = trial.dice.between(1_000, 20_000);
    anyLink(trial);
    trial.serve(atOnce, { writeTimeoutMs });
    const client = trial.raw([act('pause'), act('send', 0, 600_000)]);
    return () => expectClosed(trial, client, 'stalled', writeTimeoutMs, writeTimeoutMs + 2 * slackMs);
  },

  'F16: a slow reader that makes progress is not cut off, and loses nothing'(trial) {
    const { dice } = trial;
    anyLink(trial);
    trial.serve(dice.pick(atOnce, delayed(5)), { writeTimeoutMs: 3_000, highWaterMarkBytes: dice.pick(600, 65_536) });
    const reads = Array.from({ length: 30 }, () => [
      act('resume', dice.between(1, 1_000)),
      act('pause', dice.between(1, 100)),
    ]).flat();
    const client = trial.raw([act('pause'), act('send', 0, 600_000), act('end'), ...reads, act('resume')]);
    return () => trial.expectAnswered(client);
  },

  'F47: bytes that pass slowly and in slices are the same bytes'(trial) {
    const { dice } = trial;
    const direction = dice.pick('both', 'incoming', 'outgoing');
    const faults = [
      slicer({ bytes: dice.between(1, 50), variation: dice.between(0, 20), delayMs: dice.between(0, 1), direction }),
      bandwidth({ bytesPerSecond: dice.pick(5_000, 100_000), direction }),
      latency({ ms: dice.between(0, 100), jitterMs: dice.between(0, 100), direction }),
    ];
    trial.serve(dice.pick(atOnce, delayed(3), summed), {}, dice.chance(0.5) ? [{ atMs: 0, faults }] : []);
    const client = trial.stream({ pieces: dice.some(5, () => piece(dice.between(1, 900)), 1), ends: 'at once' }, {}, [
      { atMs: 0, faults },
    ]);
    return () => trial.expectAnswered(client);
  },
};

const abnormalEnds: Record<string, Case> = {
  'F22: a client that resets, while idle, in the middle of a stream or before its reply, ends its own connection only'(
    trial,
  ) {
    const { dice } = trial;
    anyLink(trial);
    trial.serve(dice.pick(atOnce, delayed(1_000), delayed(1_000, 'connection'), summed));
    const bystander = trial.stream({ pieces: pieces(trial), ends: 'at once' });
    const sends = dice.some(5, () => act('send', dice.between(0, 300), dice.between(1, 9_000)));
    const client = trial.raw([act('resume', 500), ...sends, act('reset', dice.between(0, 2_000))]);
    return () => {
      expectClosed(trial, client, 'reset');
      trial.expectAnswered(bystander);
    };
  },

  'F23: a storm of resets leaves nothing, and disturbs no other connection'(trial) {
    anyLink(trial);
    trial.serve(delayed(200));
    const bystander = trial.stream({ pieces: pieces(trial), ends: 'answered' });
    for (let count = 0; count < 30; count += 1)
      trial.raw([act('send', trial.dice.between(0, 300), 5), act('reset', trial.dice.between(0, 3))]);
    return () => trial.expectAnswered(bystander);
  },

  'F25, F42: a client that vanishes is found by keep-alive while nothing is due to it'(trial) {
    const keepAliveMs = trial.dice.between(1_000, 20_000);
    anyLink(trial);
    trial.serve(summed, { keepAliveMs });
    const client = trial.stream({ pieces: [piece(9_000, 200), ...pieces(trial)], ends: 'never' });
    const vanishesAtMs = trial.dice.between(300, 1_000);
    trial.at(vanishesAtMs, () => (trial.dice.chance(0.5) ? trial.crash('web') : trial.network.partition('web', 'db')));
    return () => {
      const least = keepAliveMs + 10_000;
      if (client.address === undefined) return;
      expectClosed(trial, client, 'reset', least, vanishesAtMs + least + slackMs);
    };
  },

  'F43: a client that vanishes with a reply due to it is closed after writeTimeoutMs'(trial) {
    const writeTimeoutMs = trial.dice.between(1_000, 20_000);
    trial.serve(delayed(1_000), { writeTimeoutMs });
    const client = trial.stream(
      { pieces: [piece(trial.dice.between(1, 9_000), 0)], ends: 'never' },
      { keepAliveMs: 1_000 },
    );
    trial.at(500, () => trial.network.partition('web', 'db'));
    return () => expectClosed(trial, client, 'stalled', writeTimeoutMs, 1_000 + writeTimeoutMs + 2 * slackMs);
  },

  'F26: a client that does not close behind our FIN is closed after halfCloseTimeoutMs'(trial) {
    const halfCloseTimeoutMs = trial.dice.between(100, 20_000);
    anyLink(trial);
    trial.serve({ handler: (chunks$) => chunks$.pipe(take(1)), answer: same }, { halfCloseTimeoutMs });
    const client = trial.raw([act('send', 0, 5), act('reset', 60_000)]); // it is told nothing while FIN is on its way
    return () => expectClosed(trial, client, 'half-closed', halfCloseTimeoutMs, halfCloseTimeoutMs + 2 * slackMs);
  },

  'F29: a client that leaves with a full send buffer resets its connection'(trial) {
    const { dice } = trial;
    anyLink(trial);
    const server = trial.serve(atOnce);
    const leavesAfterMs = dice.between(0, 400);
    const client = trial.stream({ pieces: [piece(400_000), piece(10, 5_000)], ends: 'at once', leavesAfterMs });
    return () => {
      if (server.talks.size > 0 && client.received.length === 0) expectClosed(trial, client, 'reset');
    };
  },

  'F67: a handler that fails ends its own connection only'(trial) {
    const { dice } = trial;
    anyLink(trial);
    const fails = dice.between(0, 4);
    const failing = trial.dice.pick<() => never | ReturnType<typeof throwError>>(
      () => throwError(() => new Error('as told')),
      () => {
        throw new Error('as told');
      },
    );
    trial.serve({
      handler: (chunks$, { id }) => (id === fails + 1 ? chunks$.pipe(mergeMap(failing)) : chunks$) as typeof chunks$,
      answer: same,
    });
    const clients = Array.from({ length: 5 }, () => trial.stream({ pieces: pieces(trial), ends: 'at once' }));
    return () => {
      expect(clients.filter(({ outcome }) => outcome !== 'complete').map(({ outcome }) => outcome)).toEqual([
        'ERR_CONNECTION_RESET',
      ]);
      for (const client of clients) if (client.outcome === 'complete') trial.expectAnswered(client);
    };
  },
};

const limits: Record<string, Case> = {
  'F30, F31: exactly maxConnections are served, the others are reset; a place that is free again is taken'(trial) {
    const { dice } = trial;
    anyLink(trial);
    const maxConnections = dice.between(1, 6);
    const others = dice.between(1, 6);
    const server = trial.serve(atOnce, { maxConnections });
    const all = Array.from({ length: maxConnections + others }, () =>
      trial.stream({ pieces: [piece(9), piece(9, 2_000)], ends: 'answered' }),
    );
    const late = trial.stream({ pieces: [piece(9)], ends: 'answered' });
    late.startsAtMs = 5_000;
    return () => {
      const served = all.filter(({ outcome }) => outcome === 'complete');
      expect(served.length).toBe(maxConnections);
      for (const client of served) trial.expectAnswered(client);
      expect(all.filter(({ outcome }) => outcome === 'ERR_CONNECTION_RESET').length).toBe(others);
      expect(server.dropped.size).toBe(others);
      trial.expectAnswered(late);
    };
  },

  'F40: a silent client is closed after idleTimeoutMs, and one that sends sooner is not'(trial) {
    const idleTimeoutMs = trial.dice.between(500, 10_000);
    anyLink(trial);
    trial.serve(trial.dice.pick(atOnce, summed), { idleTimeoutMs });
    const silent = trial.stream({ pieces: [], ends: 'never' });
    const active = trial.stream({
      pieces: Array.from({ length: 10 }, () => piece(1, idleTimeoutMs - 450)),
      ends: 'at once',
    });
    return () => {
      expectClosed(trial, silent, 'idle', idleTimeoutMs, idleTimeoutMs + slackMs);
      trial.expectAnswered(active);
    };
  },

  'F41: a client that sends a byte now and then is closed after maxLifetimeMs'(trial) {
    const maxLifetimeMs = trial.dice.between(1_000, 9_000);
    anyLink(trial);
    trial.serve(atOnce, { maxLifetimeMs, idleTimeoutMs: 1_000 });
    const client = trial.stream({ pieces: Array.from({ length: 40 }, () => piece(1, 500)), ends: 'at once' });
    return () => expectClosed(trial, client, 'lifetime', maxLifetimeMs, maxLifetimeMs + slackMs);
  },

  'F48: a stream that is cut after any number of bytes is handled as far as it came'(trial) {
    const bytes = trial.dice.between(0, 200);
    const server = trial.serve(trial.dice.pick(atOnce, summed), {});
    trial.stream({ pieces: [piece(100), piece(101)], ends: 'never' }, {}, [
      { atMs: 0, faults: [limitData({ bytes, direction: 'outgoing' })] },
    ]);
    return () => {
      const [talk] = [...server.talks.values()];
      expect(Buffer.concat(talk?.delivered ?? []).length).toBe(bytes);
    };
  },
};

const networks: Record<string, Case> = {
  'F44: connections survive a network that is away for less than their limits, and lose nothing'(trial) {
    const { dice, network } = trial;
    anyLink(trial);
    trial.serve(dice.pick(atOnce, delayed(20), uneven(9, 2)));
    const clients = dice.some(
      3,
      () => trial.stream({ pieces: pieces(trial, 10), ends: dice.pick('at once', 'answered') }),
      1,
    );
    const [stop, goOn] = dice.pick(['partition', 'repair'] as const, ['hold', 'release'] as const);
    for (let at = dice.between(0, 400), count = dice.between(1, 4); count > 0; count -= 1) {
      trial.at(at, () => network[stop]('web', 'db'));
      at += dice.between(1, 2_000);
      trial.at(at, () => network[goOn]('web', 'db'));
      at += dice.between(1, 200);
    }
    return () => {
      for (const client of clients) trial.expectAnswered(client);
    };
  },

  'F46: latency and jitter change no byte, and cost no more time than they take'(trial) {
    const { dice } = trial;
    trial.network.link('web', 'db', { latencyMs: 100, jitterMs: dice.between(0, 100) });
    trial.serve(atOnce);
    const clients = dice.some(
      4,
      () => trial.stream({ pieces: pieces(trial), ends: dice.pick('at once', 'answered') }),
      1,
    );
    return () => {
      for (const client of clients) {
        trial.expectAnswered(client);
        expect(client.overAt).toBeLessThan(6 * 90 + 15 * 200);
      }
    };
  },

  'C6: a host that crashes and comes back serves new clients, and tells those of before'(trial) {
    const { dice, network } = trial;
    anyLink(trial);
    trial.serve(dice.pick(atOnce, delayed(50), summed), { keepAliveMs: 1_000 });
    const before = dice.some(
      3,
      () =>
        trial.stream(
          { pieces: pieces(trial), ends: dice.pick('at once', 'never'), leavesAfterMs: 20_000 },
          { keepAliveMs: 1_000 },
        ),
      1,
    );
    const crashesAtMs = dice.between(0, 1_000);
    trial.at(crashesAtMs, () => trial.crash('db'));
    trial.at(crashesAtMs + dice.between(1, 5_000), () => network.restart('db'));
    const after = trial.stream({ pieces: [piece(50, 8_000)], ends: 'at once' }, { connectTimeoutMs: never });
    return () => {
      for (const { outcome } of before)
        expect(['complete', 'ERR_CONNECTION_RESET', 'ERR_CONNECTION_TIMED_OUT', 'ERR_TIME_LIMIT', 'left']).toContain(
          outcome,
        );
      expect(['complete', 'ERR_CONNECTION_RESET']).toContain(after.outcome);
    };
  },
};

const lifecycle: Record<string, Case> = {
  'F50, C9: a server that stops sends all replies that are due'(trial) {
    const { dice } = trial;
    anyLink(trial);
    const delayMs = dice.between(100, 2_000);
    const server = trial.serve(delayed(delayMs, dice.pick('connection', 'chunk')), { drainTimeoutMs: 60_000 });
    const clients = dice.some(
      5,
      () => trial.stream({ pieces: [piece(dice.between(1, 9_000))], ends: dice.pick('at once', 'never') }),
      1,
    );
    trial.at(500, () => server.stop());
    return () => {
      for (const client of clients) trial.expectAnswered(client);
      expect(server.endedAt).toBeLessThanOrEqual(500 + delayMs + slackMs);
    };
  },

  'F51, C9: a server that stops with clients that are stuck ends when drainTimeoutMs is over'(trial) {
    const { dice } = trial;
    anyLink(trial);
    const drainTimeoutMs = dice.between(100, 5_000);
    const server = trial.serve(dice.pick(atOnce, { handler: (chunks$) => concat(chunks$, NEVER), answer: same }), {
      drainTimeoutMs,
    });
    const stuck = trial.raw([act('pause'), act('send', 0, 600_000)]);
    trial.at(1_000, () => server.stop());
    trial.at(1_000 + dice.between(0, 50), () => server.stop());
    return () => {
      expectClosed(trial, stuck, 'aborted');
      expect(server.endedAt).toBeGreaterThanOrEqual(1_000 + drainTimeoutMs);
      expect(server.endedAt).toBeLessThanOrEqual(1_000 + drainTimeoutMs + 500);
    };
  },

  'F55: a client that connects while the server stops is served or reset, and never served in part'(trial) {
    const { dice } = trial;
    anyLink(trial);
    const server = trial.serve(dice.pick(atOnce, summed, delayed(20)));
    const clients = dice.some(5, () => trial.stream({ pieces: [piece(dice.between(1, 9_000))], ends: 'at once' }), 1);
    trial.at(dice.between(0, 500), () => server.stop());
    return () => {
      for (const client of clients) {
        if (client.outcome === 'complete') expect(trial.closing(client).reason).toBe('ended');
        else expect(['ERR_CONNECTION_RESET', 'ERR_CONNECTION_REFUSED']).toContain(client.outcome);
      }
    };
  },
};

/** What a commit has time for, with so many cases. */
const seedsOfACommit = 6;

describe.each(Object.entries({ integrity, backpressure, 'abnormal ends': abnormalEnds, limits, networks, lifecycle }))(
  'in simulation: %s',
  (_, cases) => {
    it.each(Object.entries(cases))(
      '%s',
      (_, begin) => {
        everySeed(seedsOfACommit, (seed) => playOut(seed, begin));
      },
      14_400_000,
    );
  },
);
