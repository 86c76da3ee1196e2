/** C: abnormal ends. */
import { mergeMap, take, throwError } from 'rxjs';
import { expect } from 'vitest';
import { atOnce, delayed, same, summed } from '../services.js';
import { act, anyLink, bystander, type Cases, expectClosed, piece, pieces, slackMs, times } from './case.js';

export const abnormalEnds: Cases = {
  'F22: a client that resets, while idle, in the middle of a stream or before its reply, ends its own connection only'(
    trial,
  ) {
    const { dice } = trial;
    anyLink(trial);
    trial.serve(dice.pick(atOnce, delayed(1_000), delayed(1_000, 'connection'), summed));
    const other = trial.stream({ pieces: pieces(trial), ends: 'at once' });
    const sends = dice.some(5, () => act('send', dice.between(0, 300), dice.between(1, 9_000)));
    const client = trial.raw([act('resume', 500), ...sends, act('reset', dice.between(0, 2_000))]);
    return () => {
      expectClosed(trial, client, 'reset');
      trial.expectAnswered(other);
    };
  },

  'F23: a storm of resets leaves nothing, and disturbs no other connection'(trial) {
    anyLink(trial);
    trial.serve(delayed(200));
    const other = trial.stream({ pieces: pieces(trial), ends: 'answered' });
    times(30, () => trial.raw([act('send', trial.dice.between(0, 300), 5), act('reset', trial.dice.between(0, 3))]));
    return () => trial.expectAnswered(other);
  },

  'F24: a client that resets while its connection is made, or just then, disturbs no other client'(trial) {
    const { dice } = trial;
    trial.serve(atOnce, { maxConnections: 6 });
    const check = bystander(trial, 'other');
    anyLink(trial);
    times(5, () => trial.raw([...dice.some(1, () => act('send', 0, 9)), act('reset', dice.between(0, 600))]));
    return check;
  },

  'F25, F42: a client that vanishes is found by keep-alive while nothing is due to it'(trial) {
    const keepAliveMs = trial.dice.between(1_000, 20_000);
    anyLink(trial);
    const { talks } = trial.serve(summed, { keepAliveMs });
    const client = trial.stream({ pieces: [piece(9_000, 200), ...pieces(trial)], ends: 'never' });
    const vanishesAtMs = trial.dice.between(300, 1_000);
    trial.at(vanishesAtMs, () => (trial.dice.chance(0.5) ? trial.crash('web') : trial.network.partition('web', 'db')));
    return () => {
      if (talks.size === 0) {
        const mostHandshakeMs = 600; // SYN, SYN-ACK and ACK, 200 ms each
        expect(vanishesAtMs, 'when a client that was not accepted vanished').toBeLessThanOrEqual(mostHandshakeMs);
        return;
      }
      const least = keepAliveMs + 10_000;
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
    const clients = times(5, () => trial.stream({ pieces: pieces(trial), ends: 'at once' }));
    return () => {
      expect(clients.filter(({ outcome }) => outcome !== 'complete').map(({ outcome }) => outcome)).toEqual([
        'ERR_CONNECTION_RESET',
      ]);
      for (const client of clients) if (client.outcome === 'complete') trial.expectAnswered(client);
    };
  },
};
