/** E: networks, and hosts that crash. */
import { expect } from 'vitest';
import { atOnce, delayed, summed, uneven } from '../services.js';
import { anyLink, bystander, type Cases, never, piece, pieces, slackMs, times } from './case.js';

export const networks: Cases = {
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

  'F45: a client behind a black hole is found by a limit, and delays no other client'(trial) {
    const { dice, network } = trial;
    const [keepAliveMs, writeTimeoutMs] = [dice.between(1_000, 9_000), dice.between(1_000, 20_000)];
    trial.serve(atOnce, { keepAliveMs, writeTimeoutMs });
    const others = times(9, (index) => bystander(trial, `other-${index}`));
    network.link('web', 'db', { latencyMs: dice.between(0, 50) });
    const busy = times(30, () => piece(dice.between(1, 9_000), 100));
    const swallowed = trial.stream({ pieces: dice.pick(busy, busy.slice(0, 6)), ends: 'never' }, { keepAliveMs });
    const swallowedAtMs = dice.between(200, 600);
    trial.at(swallowedAtMs, () => network.partition('web', 'db'));
    return () => {
      for (const check of others) check();
      const most = swallowedAtMs + Math.max(keepAliveMs + 10_000, writeTimeoutMs) + 2 * slackMs;
      expect(['reset', 'stalled']).toContain(trial.closing(swallowed).reason);
      expect(trial.closing(swallowed).durationMs).toBeLessThanOrEqual(most);
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
