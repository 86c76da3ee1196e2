/** D and E: limits of a server, on connections and on time. */
import { expect } from 'vitest';
import { limitData } from '../../../lib/index.js';
import { atOnce, summed } from '../services.js';
import { act, anyLink, bystander, type Cases, expectClosed, piece, slackMs, times } from './case.js';

export const limits: Cases = {
  'F30, F31: exactly maxConnections are served, the others are reset; a place that is free again is taken'(trial) {
    const { dice } = trial;
    anyLink(trial);
    const maxConnections = dice.between(1, 6);
    const others = dice.between(1, 6);
    const server = trial.serve(atOnce, { maxConnections });
    const all = times(maxConnections + others, () =>
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

  'F34, F35: of a burst of connections, which the network has held back, each is served; it delays no other client'(
    trial,
  ) {
    const { dice, network } = trial;
    trial.serve(atOnce);
    const check = bystander(trial, 'other');
    anyLink(trial);
    network.hold('web', 'db');
    const burst = times(15, () =>
      trial.stream({ pieces: [piece(dice.between(1, 900))], ends: dice.pick('at once', 'answered') }),
    );
    const releasedAtMs = dice.between(0, 2_000);
    trial.at(releasedAtMs, () => network.release('web', 'db'));
    return () => {
      check();
      for (const client of burst) {
        trial.expectAnswered(client);
        expect(client.overAt).toBeLessThanOrEqual(releasedAtMs + slackMs);
      }
    };
  },

  'F36: the spellings of one address count as one client, which takes no place of another client'(trial) {
    const { dice } = trial;
    const [one, same, other] = dice.pick(
      ['192.0.2.1', '::ffff:192.0.2.1', '192.0.2.2'],
      ['::ffff:192.0.2.1', '::ffff:c000:201', '::ffff:192.0.2.2'],
      ['2001:db8:0:1::1', '2001:db8:0:1::2', '2001:db8:0:2::1'], // one client has a network of 64 bits
    );
    for (const from of [one, same, other]) anyLink(trial, from);
    const most = dice.between(1, 5);
    const beyond = dice.between(1, 5);
    const server = trial.serve(atOnce, { maxConnectionsPerAddress: most });
    const startAt = (startsAtMs: number, count: number, from: () => string) =>
      times(count, () => {
        const client = trial.stream({ pieces: [piece(9), piece(9, 2_000)], ends: 'answered' }, {}, [], from());
        client.startsAtMs = startsAtMs;
        return client;
      });
    // However a connection ends, its place is free again.
    times(most, () => {
      const leaves = act(dice.pick('end', 'reset', 'destroy'), dice.between(0, 500));
      trial.raw([act('send', 0, 9), leaves], dice.pick(one, same));
    });
    const crowd = startAt(2_000, most + beyond, () => dice.pick(one, same));
    const others = startAt(2_000, most, () => other);
    return () => {
      const served = crowd.filter(({ outcome }) => outcome === 'complete');
      expect(served.length).toBe(most);
      for (const client of [...served, ...others]) trial.expectAnswered(client);
      expect(crowd.filter(({ outcome }) => outcome === 'ERR_CONNECTION_RESET').length).toBe(beyond);
      expect(server.dropped.size).toBe(beyond);
    };
  },

  'F40: a silent client is closed after idleTimeoutMs, and one that sends sooner is not'(trial) {
    const idleTimeoutMs = trial.dice.between(500, 10_000);
    anyLink(trial);
    trial.serve(trial.dice.pick(atOnce, summed), { idleTimeoutMs });
    const silent = trial.stream({ pieces: [], ends: 'never' });
    const active = trial.stream({
      pieces: times(10, () => piece(1, idleTimeoutMs - 450)),
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
    const client = trial.stream({ pieces: times(40, () => piece(1, 500)), ends: 'at once' });
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
