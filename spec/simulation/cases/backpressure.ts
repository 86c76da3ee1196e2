/** B: backpressure. */
import { expect } from 'vitest';
import { bandwidth, latency, slicer } from '../../../lib/index.js';
import { amplified, atOnce, counted, delayed, summed, uneven } from '../services.js';
import { act, anyLink, bystander, type Cases, expectClosed, figureAt, never, piece, slackMs, times } from './case.js';

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
    const readBytes = figureAt(9_000, trial, server, ({ bytesRead }) => bytesRead);
    return () => {
      // Its answers are in two buffers of the network, what is behind them in the window, and there one chunk may be too much.
      expect(readBytes()).toBeLessThanOrEqual(highWaterMarkBytes + 3 * 65_536);
      trial.expectAnswered(client);
    };
  },

  'F12: clients that flood, and read or do not, delay no other client'(trial) {
    const { dice } = trial;
    const delayMs = dice.pick(0, 50);
    trial.serve(delayed(delayMs), {
      highWaterMarkBytes: dice.pick(10_000, 65_536),
      memoryBudgetBytes: dice.pick(100_000, never),
    });
    const check = bystander(trial, 'other', delayMs);
    anyLink(trial);
    times(4, () => {
      const flood = times(8, () => act('send', dice.between(0, 90), dice.between(1, 60_000)));
      trial.raw([act(dice.pick('pause', 'resume'), 400), ...flood, act('reset', 1_000)]);
    });
    return check;
  },

  'F13: a client that never reads is closed when it has accepted nothing for writeTimeoutMs'(trial) {
    const writeTimeoutMs = trial.dice.between(1_000, 20_000);
    anyLink(trial);
    trial.serve(atOnce, { writeTimeoutMs });
    const client = trial.raw([act('pause'), act('send', 0, 600_000)]);
    return () => expectClosed(trial, client, 'stalled', writeTimeoutMs, writeTimeoutMs + 2 * slackMs);
  },

  'F14: single bytes that wait for their answers count with what they cost to hold; in the end all come back'(trial) {
    const { dice } = trial;
    anyLink(trial);
    const highWaterMarkBytes = dice.pick(600, 20_000);
    const delayMs = dice.between(2_000, 5_000);
    const server = trial.serve(dice.pick(delayed(delayMs), counted(delayMs)), { highWaterMarkBytes });
    const bytes = times(150, () => act('send', 1, 1));
    const client = trial.raw([act('resume', 400), ...bytes, act('end')]); // once it is connected
    const readBytes = figureAt(1_900, trial, server, ({ bytesRead }) => bytesRead);
    return () => {
      expect(readBytes()).toBeLessThanOrEqual(highWaterMarkBytes / 256 + 1);
      trial.expectAnswered(client);
    };
  },

  'F15: answers that are longer than their requests count in the window'(trial) {
    const { dice } = trial;
    anyLink(trial);
    const highWaterMarkBytes = dice.pick(600, 20_000, 65_536);
    const server = trial.serve(amplified, { highWaterMarkBytes, maxChunkBytes: 100 });
    const requests = times(100, () => act('send', dice.between(0, 3), dice.between(1, 200)));
    const client = trial.raw([act('pause'), ...requests, act('end'), act('resume', 10_000)]);
    const unsentBytes = figureAt(9_000, trial, server, ({ bytesUnsent }) => bytesUnsent);
    return () => {
      expect(unsentBytes()).toBeLessThanOrEqual(highWaterMarkBytes + 35 * 100);
      trial.expectAnswered(client);
    };
  },

  'F16: a slow reader that makes progress is not cut off, and loses nothing'(trial) {
    const { dice } = trial;
    anyLink(trial);
    trial.serve(dice.pick(atOnce, delayed(5)), { writeTimeoutMs: 3_000, highWaterMarkBytes: dice.pick(600, 65_536) });
    const reads = times(30, () => [act('resume', dice.between(1, 1_000)), act('pause', dice.between(1, 100))]).flat();
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
