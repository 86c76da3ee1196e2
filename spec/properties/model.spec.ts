/** Under any sequence of what clients and time do, a server does what the model says, at that instant. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { echo } from '../../lib/index.js';
import { ServerModel, tickMs } from './model.js';
import { commands, compare } from './model-commands.js';
import { runs } from './runs.js';
import { onStage } from './stage.js';

const config = fc.record({
  latencyMs: fc.nat(3).map((ticks) => ticks * tickMs),
  delayMs: fc.nat(9).map((ticks) => ticks * tickMs + 3),
  drainTimeoutMs: fc.nat(30).map((ticks) => ticks * tickMs + 5),
});

const { FC_REPLAY: replayPath } = process.env;

const script = fc.commands([...commands], {
  maxCommands: 40,
  size: '+1',
  ...(replayPath !== undefined && { replayPath }),
});

const unlimited = { halfCloseTimeoutMs: Number.POSITIVE_INFINITY, writeTimeoutMs: Number.POSITIVE_INFINITY };

describe('a server in virtual time', () => {
  it('does what the model does, and a stop leaves nothing after the drain timeout', () => {
    const property = fc.property(script, config, (script, { latencyMs, delayMs, drainTimeoutMs }) => {
      const handler = echo({ delayMs, delayPer: 'chunk', reply: 'raw' });
      onStage({ handler, network: { latencyMs }, server: { drainTimeoutMs, ...unlimited } }, (stage) => {
        const model = new ServerModel({ latencyMs, delayMs, drainTimeoutMs }, stage.clock.now);
        const real = { stage, clients: [] };
        fc.modelRun(() => ({ model, real }), script);
        model.stoppedAt = Math.min(model.stoppedAt, model.now);
        stage.stop();
        stage.clock.advance(drainTimeoutMs + 2 * latencyMs);
        model.now = stage.clock.now;
        compare(model, real);
        expect(stage.completedAt).toBeLessThanOrEqual(model.abortsAt + latencyMs);
        expect(stage.of('opened').length).toBe(stage.of('closed').length);
        expect(stage.clock.timers).toBe(0);
      });
    });
    fc.assert(property, runs(500));
  });
});
