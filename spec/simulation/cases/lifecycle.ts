/** F: shutdown. */
import { concat, NEVER } from 'rxjs';
import { expect } from 'vitest';
import { atOnce, delayed, same, summed } from '../services.js';
import { act, anyLink, type Cases, expectClosed, piece, slackMs } from './case.js';

export const lifecycle: Cases = {
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
    const stopsAtMs = 610; // SYN, SYN-ACK and the bytes take up to 200 ms each
    trial.at(stopsAtMs, () => server.stop());
    return () => {
      for (const client of clients) trial.expectAnswered(client);
      expect(server.endedAt).toBeLessThanOrEqual(stopsAtMs + delayMs + slackMs);
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
