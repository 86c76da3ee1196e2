/** Figures as they are written in pictures: three digits and the unit that suits them. */

export function micros(us: number): string {
  if (us < 1_000) return `${digits(us)} µs`;
  return us < 1_000_000 ? `${digits(us / 1_000)} ms` : `${digits(us / 1_000_000)} s`;
}

export function seconds(s: number): string {
  if (s < 600) return `${digits(s)} s`;
  return s < 3_600 ? `${digits(s / 60)} min` : `${digits(s / 3_600)} h`;
}

export function bytes(count: number): string {
  if (count < 1_000) return `${digits(count)} B`;
  return count < 1_000_000 ? `${digits(count / 1_000)} kB` : `${digits(count / 1_000_000)} MB`;
}

/** For ticks that stand close together. */
export function short(value: number): string {
  return value < 1_000 ? String(value) : `${value / 1_000}k`;
}

export function millis(us: number): string {
  return digits(us / 1_000);
}

/** As message sizes are given. */
export function binaryBytes(size: number): string {
  return size < 1_024 ? `${size} B` : `${size / 1_024} KiB`;
}

export function count(value: number): string {
  return value.toLocaleString('en').replaceAll(',', '\u202f');
}

function digits(value: number): string {
  if (value >= 100) return count(Math.round(value));
  return value.toFixed(value >= 10 ? 1 : 2).replace(/\.?0+$/, '');
}
