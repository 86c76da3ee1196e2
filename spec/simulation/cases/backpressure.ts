/** B: backpressure. */
import { expect } from 'vitest';
import { bandwidth, latency, slicer } from '../../../lib/index.js';
import { atOnce, counted, delayed, summed, uneven } from '../services.js';
import { act, anyLink, type Cases, expectClosed, never, piece, slackMs } from './case.js';

export const backpressure: Cases = {
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
