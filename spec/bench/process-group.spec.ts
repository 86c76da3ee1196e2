/** How much CPU a peer used, counted in two ways of which neither is complete. */
import { describe, expect, it } from 'vitest';
import { type CpuReading, cpuBetween } from '../../bench/run/process-group.js';

function reading(processes: number, seconds: number, threads: Record<string, number>): CpuReading {
  return { processes, seconds, threads: new Map(Object.entries(threads).map(([thread, ms]) => [thread, ms * 1e6])) };
}

describe('cpuBetween', () => {
  it('is the finer count where the two differ by rounding alone', () => {
    expect(cpuBetween(reading(1, 1, { a: 1_000 }), reading(1, 1.5, { a: 1_512.5 }))).toBeCloseTo(0.512_5, 6);
  });

  it('includes a thread that started between the readings', () => {
    expect(cpuBetween(reading(1, 1, { a: 1_000 }), reading(1, 1.5, { a: 1_300, b: 212.5 }))).toBeCloseTo(0.512_5, 6);
  });

  it('is the coarser count where a thread started and ended between the readings', () => {
    expect(cpuBetween(reading(1, 1, { a: 1_000 }), reading(1, 1.5, { a: 1_100 }))).toBeCloseTo(0.5, 6);
  });

  it('counts a hundred processes that used less than a tick each', () => {
    const each = (ms: number) => Object.fromEntries(Array.from({ length: 100 }, (_, process) => [`${process}`, ms]));
    expect(cpuBetween(reading(100, 0, each(1)), reading(100, 0, each(2.2)))).toBeCloseTo(0.12, 6);
  });
});
