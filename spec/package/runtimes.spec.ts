/** The package on Bun and Deno: the parts of Node that they lack are used by none of it. */
import { expect, it } from 'vitest';
import { counted, seen } from './support/seen.js';
import { fine, run, tool } from './support/tool.js';

it('on Bun the imported package serves and connects', async () => {
  expect(await run(tool('bun/bin/bun'), ['import.mjs'])).toEqual(fine(seen));
});

it('on Deno the imported package serves and connects, with --allow-net alone', async () => {
  expect(await run(tool('deno/deno'), ['run', '--allow-net', 'import.mjs'])).toEqual(fine(seen));
});

it.each(['bun/bin/bun', 'deno/deno'])('the metrics of the package count on %s', async (runtime) => {
  expect(await run(tool(runtime), ['run', 'metrics.mjs'])).toEqual(fine(counted));
});
