/** The delay of the event loop is measured while a server is observed, and no longer. */
import { Registry } from 'prom-client';
import { NEVER, type Observable } from 'rxjs';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { ServerEvent } from '../../lib/index.js';
import { observeMetrics } from '../../lib/metrics.js';
import { scrape } from '../support/exposition.js';

/** What Node would measure, in nanoseconds, and what is asked of it. */
const loop = vi.hoisted(() => ({ calls: [] as string[], measured: [] as number[], fails: false }));

vi.mock('node:perf_hooks', async (original) => {
  const hooks = await original<typeof import('node:perf_hooks')>();
  const monitorEventLoopDelay = ({ resolution }: { resolution: number }) => {
    if (loop.fails) throw new Error('not implemented');
    const sorted = () => loop.measured.toSorted((a, b) => a - b);
    return {
      enable: () => loop.calls.push(`enable ${resolution}`),
      disable: () => loop.calls.push('disable'),
      reset: () => {
        loop.measured = [];
      },
      percentile: (percent: number) => sorted()[Math.ceil((percent / 100) * loop.measured.length) - 1],
      get count() {
        return loop.measured.length;
      },
      get mean() {
        return loop.measured.reduce((sum, each) => sum + each, 0) / loop.measured.length;
      },
    };
  };
  return { ...hooks, default: { ...hooks, monitorEventLoopDelay } };
});

const name = 'rxjs_tcp_event_loop_delay_seconds';
const ms = (milliseconds: number) => milliseconds * 1e6;

beforeEach(() => {
  loop.calls = [];
  loop.measured = [];
  loop.fails = false;
});

const observed = (registry: Registry) => (NEVER as Observable<ServerEvent>).pipe(observeMetrics(registry));

describe('the delay of the event loop', () => {
  it('is measured from the first subscription to the end of the last', () => {
    const registry = new Registry();
    const server$ = observed(registry);
    expect(loop.calls).toEqual([]);
    const [first, second] = [server$.subscribe(), server$.subscribe()];
    first.unsubscribe();
    expect(loop.calls).toEqual(['enable 10']);
    second.unsubscribe();
    expect(loop.calls).toEqual(['enable 10', 'disable']);
    server$.subscribe().unsubscribe();
    expect(loop.calls).toEqual(['enable 10', 'disable', 'enable 10', 'disable']);
  });

  it('is what timers were late: without the time between two measurements', async () => {
    const registry = new Registry();
    const server = observed(registry).subscribe();
    loop.measured = [ms(9), ms(10), ms(12), ms(210)];
    const samples = await scrape(registry);
    expect(samples[`${name}{quantile="0.5"}`]).toBe(0);
    expect(samples[`${name}{quantile="0.9"}`]).toBeCloseTo(0.2);
    expect(samples[`${name}{quantile="1"}`]).toBeCloseTo(0.2);
    expect(samples[`${name}_count`]).toBe(4);
    expect(samples[`${name}_sum`]).toBeCloseTo(0.201); // of their mean, 60.25 ms each
    server.unsubscribe();
  });

  it('has quantiles since the last scrape, and sums of all the time', async () => {
    const registry = new Registry();
    const server = observed(registry).subscribe();
    loop.measured = [ms(110)];
    await scrape(registry);
    loop.measured = [ms(30)];
    const samples = await scrape(registry);
    expect(samples[`${name}{quantile="1"}`]).toBeCloseTo(0.02);
    expect([samples[`${name}_sum`], samples[`${name}_count`]]).toEqual([expect.closeTo(0.12), 2]);
    expect((await scrape(registry))[`${name}{quantile="1"}`]).toBeNaN();
    loop.measured = [ms(20)];
    server.unsubscribe();
    const after = await scrape(registry);
    expect([after[`${name}{quantile="1"}`], after[`${name}_count`]]).toEqual([undefined, 3]);
  });

  it('is left out where the runtime cannot measure it', async () => {
    loop.fails = true;
    const registry = new Registry();
    const server = observed(registry).subscribe();
    const samples = Object.entries(await scrape(registry)).filter(([sample]) => sample.startsWith(name));
    expect(samples).toEqual([
      [`${name}_sum`, 0],
      [`${name}_count`, 0],
    ]);
    server.unsubscribe();
  });
});
