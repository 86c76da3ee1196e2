/** An axis whose range is known before Plot draws, as labels that must not touch are placed by hand. */
import * as Plot from '@observablehq/plot';

export interface Axis {
  readonly label: string;
  readonly type: 'log' | 'linear';
  readonly format: (value: number) => string;
  /** Where not, round values. */
  readonly ticks?: readonly number[];
  /** Taken in even where nothing comes near. */
  readonly include?: readonly number[];
}

/** At each end. */
const room = 1.12;

export function extentOf(values: readonly number[]): [number, number] {
  return [Math.min(...values), Math.max(...values)];
}

/** Of a logarithmic axis, with room at its ends. */
export function domainOf({ include = [] }: Axis, values: readonly number[]): [number, number] {
  const [least, most] = extentOf([...values, ...include]);
  return [least / room, most * room];
}

/** Written by Plot's `text`: its `tickFormat` leaves out most of a logarithmic axis's. */
export function ticksOf({ type, ticks }: Axis, [least, most]: readonly [number, number]): number[] {
  const all = ticks ?? (type === 'log' ? logTicks(least, most) : linearTicks(least, most));
  return all.filter((tick) => tick >= least && tick <= most);
}

/** One a decade, or 1, 2 and 5 of each where there are few decades. */
function logTicks(least: number, most: number): number[] {
  const steps = most / least > 200 ? [1] : [1, 2, 5];
  const [first, last] = [Math.floor(Math.log10(least)), Math.floor(Math.log10(most))];
  return Array.from({ length: last - first + 1 }, (_, index) => 10 ** (first + index)).flatMap((decade) =>
    steps.map((step) => step * decade),
  );
}

/** From three to seven, at 1, 2 or 5 times a power of ten. */
function linearTicks(least: number, most: number): number[] {
  const rough = (most - least) / 5;
  const decade = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((times) => times * decade).find((size) => size >= rough * 0.8) ?? decade * 10;
  const first = Math.ceil(least / step);
  return Array.from({ length: Math.floor(most / step) - first + 1 }, (_, index) =>
    Number(((first + index) * step).toPrecision(6)),
  );
}

/** What turns a value into a pixel and back. */
export function pixels({ type }: Axis, domain: readonly [number, number], range: readonly [number, number]) {
  const { apply, invert } = Plot.scale({ x: { type, domain: [...domain], range: [...range] } });
  return { apply: (value: number): number => apply(value), invert: (pixel: number): number => invert?.(pixel) };
}
