/** What the option `replied` of the echo handler is told, where timers fire late. */
import { defer, from, merge, type SchedulerLike, Subject, VirtualTimeScheduler } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { type Bytes, type EchoConfig, echo, lineEcho } from '../../lib/index.js';

/** Each of its timers fires this much later than it was set to. */
const lateMs = 7;
const delayMs = 20;

/** Plays chunks, each at its time, and returns what `replied` is told. */
function told(config: EchoConfig, chunks: readonly [at: number, chunk: string][], handler = echo): number[] {
  const time = new VirtualTimeScheduler();
  const late: SchedulerLike = {
    now: () => time.now(),
    schedule: (work, delay = 0, state) => time.schedule(work as never, delay + lateMs, state),
  };
  const latenesses: number[] = [];
  const replied = { next: (latenessMs: number) => latenesses.push(latenessMs) };
  const chunks$ = new Subject<Bytes>();
  const held: string[] = []; // as a connection holds them while its handler waits
  const held$ = defer(() => merge(from(held), chunks$));
  handler({ reply: 'raw', scheduler: late, replied, ...config })(held$).subscribe({ error: () => {} });
  for (const [at, chunk] of chunks)
    time.schedule(() => (chunks$.observed ? chunks$.next(chunk) : held.push(chunk)), at);
  time.flush();
  return latenesses;
}

describe('echo tells `replied`', () => {
  it('without a delay, 0 for each reply', () => {
    const chunks: [number, string][] = [
      [1, 'a'],
      [2, 'b'],
    ];
    expect(told({ delayMs: 0 }, chunks)).toEqual([0, 0]);
  });

  it('with a delay per chunk, how much later than due each reply was made', () => {
    const chunks: [number, string][] = [
      [0, 'a'],
      [5, 'b'],
      [60, 'c'],
    ];
    // The timer for a fires at 27, b is due at 25.
    expect(told({ delayMs, delayPer: 'chunk' }, chunks)).toEqual([lateMs, 2, lateMs]);
  });

  it('with delays that differ, no lateness of a reply that is held by the one before it', () => {
    const delays = [delayMs, 5];
    const chunks: [number, string][] = [
      [0, 'a'],
      [1, 'b'],
    ];
    expect(told({ delayMs: () => delays.shift() ?? 0, delayPer: 'chunk' }, chunks)).toEqual([lateMs, lateMs]);
  });

  it('with a delay per connection, how late its end was for what came before, and 0 for what comes behind it', () => {
    const chunks: [number, string][] = [
      [1, 'a'],
      [2, 'b'],
      [60, 'c'],
    ];
    expect(told({ delayMs }, chunks)).toEqual([lateMs, lateMs, 0]);
  });

  it('for each line that lineEcho answers', () => {
    expect(told({ delayMs, delayPer: 'chunk' }, [[0, 'a\nb\n']], lineEcho)).toEqual([lateMs, lateMs]);
  });

  it('nothing of a reply that could not be made', () => {
    const reply = () => {
      throw new Error('no reply');
    };
    expect(told({ delayMs: 0, reply }, [[0, 'a']])).toEqual([]);
  });
});
