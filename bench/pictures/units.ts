/** Figures as pictures and tables write them: three digits and a suitable unit. */

export const micros = withUnits([1, 'µs'], [1e3, 'ms'], [1e6, 's'], [60e6, 'min'], [3_600e6, 'h']);
export const bytes = withUnits([1, 'B'], [1e3, 'kB'], [1e6, 'MB']);

export function digits(value: number): string {
  if (value >= 100) return Math.round(value).toLocaleString('en').replaceAll(',', '\u202f');
  return value.toFixed(value >= 10 ? 1 : 2).replace(/\.?0+$/, '');
}

/** Smallest unit first. */
function withUnits(...units: readonly (readonly [number, string])[]): (value: number) => string {
  return (value) => {
    const [size, unit] = units.findLast(([size]) => value >= size) ?? [1, units[0]?.[1]];
    return `${digits(value / size)} ${unit}`;
  };
}
