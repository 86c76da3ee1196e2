/** The package in a bundle of esbuild. */
import { statSync } from 'node:fs';
import { expect, inject, it } from 'vitest';
import { seen } from './support/seen.js';
import { fine, run, tool } from './support/tool.js';

const bundle = (entry: string, file: string) =>
  run(tool('esbuild/bin/esbuild'), [
    entry,
    '--bundle',
    '--platform=node',
    '--format=esm',
    '--log-level=warning',
    `--outfile=bundles/${file}`,
  ]);

it('the bundled package serves and connects', async () => {
  expect(await bundle('import.mjs', 'all.mjs')).toEqual(fine());
  expect(await run(process.execPath, ['bundles/all.mjs'])).toEqual(fine(seen));
});

it('a bundle that uses one small part has no other', async () => {
  expect(await bundle('part.mjs', 'part.mjs')).toEqual(fine());
  expect(statSync(`${inject('project')}/bundles/part.mjs`).size).toBeLessThan(1_000);
});
