/** H: peers that are to begin with a header of the PROXY protocol. */
import { expect } from 'vitest';
import { slicer } from '../../../lib/index.js';
import { atOnce, delayed, summed } from '../services.js';
import { act, anyLink, type Cases, piece, pieces, slackMs } from './case.js';

export const proxyProtocol: Cases = {
  'F66: a header that comes in slices is no part of the stream; without one from a trusted address, nobody is served'(
    trial,
  ) {
    const { dice } = trial;
    const [trusted, other] = ['192.0.2.1', '198.51.100.1'];
    for (const from of [trusted, other]) anyLink(trial, from);
    const timeoutMs = dice.between(500, 5_000);
    const server = trial.serve(dice.pick(atOnce, summed, delayed(20)), {
      proxyProtocol: { from: ['192.0.2.0/24'], timeoutMs },
    });
    const slices = slicer({ bytes: dice.between(1, 9), delayMs: dice.between(0, 5), direction: 'outgoing' });
    const header = () => ({ proxyProtocol: dice.pick(1, 2) }) as const;
    const served = trial.stream(
      { pieces: [piece(dice.between(1, 90))], ends: 'at once' },
      header(),
      [{ atMs: 0, faults: [slices] }],
      trusted,
    );
    const unserved = [
      trial.stream({ pieces: pieces(trial), ends: 'at once' }, header(), [], other),
      trial.stream({ pieces: pieces(trial), ends: 'at once' }, {}, [], trusted),
      trial.raw(
        [act('send', dice.between(0, 400), dice.between(1, 900)), act('send', dice.between(0, 90), 9)],
        trusted,
      ),
    ];
    const silent = trial.raw([], trusted);
    return () => {
      trial.expectAnswered(served);
      for (const { outcome } of [...unserved, silent]) expect(outcome).toBe('ERR_CONNECTION_RESET');
      expect(server.talks.size).toBe(1);
      expect(silent.overAt).toBeGreaterThanOrEqual(timeoutMs);
      expect(silent.overAt).toBeLessThanOrEqual(timeoutMs + slackMs);
    };
  },
};
