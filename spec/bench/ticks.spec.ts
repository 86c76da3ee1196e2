/** The ticks of a logarithmic axis. */
import { expect, it } from 'vitest';
import { logTicks } from '../../bench/pictures/frame.js';

it.each([
  ['1, 2 and 5 of each decade where there is room', [8, 60], 300, [10, 20, 50]],
  ['whole decades where there is less', [8, 600], 100, [10, 100]],
  ['as many of those as have room', [5, 6_000], 75, [10, 1_000]],
  ['as many as have room where there is no whole decade', [11, 60], 40, [20]],
])('are %s', (_, values, axisPx, ticks) => {
  expect(logTicks(values, axisPx, (value) => `${value} ms`)).toEqual(ticks);
});
