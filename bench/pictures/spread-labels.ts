/** Moves labels apart that would stand on one another, each as little as it must. */

/** `wanted` in any order; the answer is in the same order, with `gap` between any two, and from `top` to `bottom`. */
export function spreadLabels(wanted: readonly number[], gap: number, top: number, bottom: number): number[] {
  const order = wanted.map((at, index) => ({ at, index })).sort((a, b) => a.at - b.at);
  const placed: number[] = [];
  let next = top;
  for (const { at, index } of order) {
    placed[index] = Math.max(at, next);
    next = (placed[index] as number) + gap;
  }
  let last = bottom;
  for (const { index } of order.toReversed()) {
    placed[index] = Math.min(placed[index] as number, last);
    last = (placed[index] as number) - gap;
  }
  return placed;
}
