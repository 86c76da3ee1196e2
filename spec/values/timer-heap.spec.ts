/** One timer for many due times: order, exactness, and what is left when members leave. */
import fc from 'fast-check';
import { asyncScheduler, VirtualTimeScheduler } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { Timed, TimerHeap } from '../../lib/values/timer-heap.js';
import { byHand } from '../properties/stage.js';
import { inVirtualTime } from '../support/virtual-time.js';

class Alarm extends Timed {
  readonly #ring: (now: number) => void;

  constructor(ring: (now: number) => void) {
    super();
    this.#ring = ring;
  }

  due(now: number): void {
    this.#ring(now);
  }
}

const act = fc.record({
  do: fc.constantFrom('set', 'set', 'set', 'delete', 'wait'),
  who: fc.nat(9),
  ms: fc.nat(40),
});

describe('a timer heap', () => {
  it('calls each member at its last due time, in the order of due times, then of settings, with one timer', () => {
    const property = fc.property(fc.array(act, { maxLength: 60 }), (acts) => {
      byHand((clock) => {
        const rung: [who: number, at: number][] = [];
        const expected = new Map<number, { at: number; order: number }>();
        const due: [who: number, at: number, order: number][] = [];
        const heap = new TimerHeap(asyncScheduler);
        const alarms = Array.from({ length: 10 }, (_, who) => new Alarm((now) => rung.push([who, now])));
        for (const [order, { do: what, who, ms }] of acts.entries()) {
          const alarm = alarms[who] as Alarm;
          if (what === 'set') {
            heap.set(alarm, clock.now + ms);
            expected.set(who, { at: clock.now + ms, order });
          } else if (what === 'delete') {
            heap.delete(alarm);
            expected.delete(who);
          } else {
            clock.advance(ms);
            for (const [name, { at, order }] of expected) if (at <= clock.now) due.push([name, at, order]);
            for (const [name] of due) if ((expected.get(name)?.at ?? Infinity) <= clock.now) expected.delete(name);
          }
        }
        clock.advance(100);
        for (const [name, { at, order }] of expected) due.push([name, at, order]);
        due.sort(([, a, one], [, b, other]) => a - b || one - other);
        expect(rung).toEqual(due.map(([who, at]) => [who, at]));
        expect(clock.timers).toBe(0);
      });
    });
    fc.assert(property, { numRuns: 200 });
  });

  it('calls a member that is set again while it is due in a later turn, and others that it deletes not at all', () => {
    const rung: string[] = [];
    inVirtualTime(() => {
      const heap = new TimerHeap(asyncScheduler);
      const last = new Alarm(() => rung.push('last'));
      const first = new Alarm((now) => {
        rung.push(`first at ${now}`);
        heap.delete(last);
        if (rung.length === 1) heap.set(first, now);
      });
      heap.set(first, 10);
      heap.set(last, 10);
    });
    expect(rung).toEqual(['first at 10', 'first at 10']);
  });

  it('calls on a real scheduler, by the monotonic clock, what is due long after it was set', async () => {
    const heap = new TimerHeap(asyncScheduler);
    const dueAt = performance.now() + 20;
    const rungAt = await new Promise<number>((resolve) => heap.set(new Alarm(resolve), dueAt));
    expect(rungAt).toBeGreaterThanOrEqual(dueAt);
    expect(rungAt).toBeLessThanOrEqual(performance.now());
  });

  it('keeps what is set on a virtual scheduler of its own until that is flushed', async () => {
    const scheduler = new VirtualTimeScheduler();
    const heap = new TimerHeap(scheduler);
    const rung: number[] = [];
    heap.set(new Alarm((now) => rung.push(now)), 10);
    await Promise.resolve();
    scheduler.flush();
    expect(rung).toEqual([10]);
  });

  it('forgets what a run of TestScheduler leaves behind because the test threw', async () => {
    const heap = new TimerHeap(asyncScheduler);
    const rung: string[] = [];
    expect(() =>
      inVirtualTime(() => {
        heap.set(new Alarm(() => rung.push('left')), 10);
        throw new Error('a test fails');
      }),
    ).toThrow('a test fails');
    await Promise.resolve();
    inVirtualTime(() => heap.set(new Alarm(() => rung.push('new')), 20));
    expect(rung).toEqual(['new']);
  });
});
