/** A: data integrity and order. */
import { expect } from 'vitest';
import { atOnce, counted, delayed, summed, uneven } from '../services.js';
import { act, anyLink, type Cases, never, piece, slackMs, times } from './case.js';

export const integrity: Cases = {
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
    const reads = times(dice.between(5, 30), () => [act('resume', dice.between(1, 400)), act('pause')]).flat();
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
