/** Counterexamples that the properties have found, each as small as possible. */
import { concat, delay, take } from 'rxjs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Log } from '../../lib/app/log.js';
import { echo, type Handler, withBackpressure } from '../../lib/index.js';
import { onStage } from './stage.js';

afterEach(() => {
  vi.restoreAllMocks();
});

describe('a counterexample of before', () => {
  it('a reader after one that received nothing but the completion is completed, too', () => {
    const handler: Handler = (chunks$) => concat(chunks$.pipe(take(1)), chunks$);
    onStage({ handler }, (stage) => {
      stage.peer().socket.end();
      stage.clock.settle();
      expect(stage.of('closed')).toMatchObject([{ reason: 'ended' }]);
    });
  });

  const holding: [name: string, handler: Handler][] = [
    ['the echo handler', echo({ delayMs: 10, delayPer: 'chunk' })],
    ['an operator with backpressure', (chunks$, connection) => chunks$.pipe(withBackpressure(delay(10), connection))],
  ];

  it.each(holding)('a chunk that %s delays leaves no timer when its connection is reset', (_, handler) => {
    onStage({ handler }, (stage) => {
      const peer = stage.peer();
      stage.clock.settle();
      peer.send('x');
      stage.clock.settle();
      peer.socket.reset();
      stage.clock.settle();
      expect(stage.of('closed')).toMatchObject([{ reason: 'reset' }]);
      expect(stage.clock.timers).toBe(0);
    });
  });

  it('an address with a control character is printed without it', () => {
    const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    new Log('pretty', {}).add({ type: 'dropped', remote: { host: 'a\nb', port: 1 }, reason: 'limit' });
    expect(write.mock.calls).toEqual([[expect.stringMatching(/^[ -~]+\n$/)]]);
  });
});
