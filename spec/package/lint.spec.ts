/** What publint and Are The Types Wrong say of the packed package. */
import { expect, inject, it } from 'vitest';
import { fine, run, tool } from './support/tool.js';

it('publint has nothing to suggest', async () => {
  const args = [tool('publint/src/cli.js'), 'run', inject('tarball'), '--strict'];
  expect(await run(process.execPath, args)).toEqual(fine(expect.stringContaining('All good!')));
});

it('every way to resolve the types finds them', async () => {
  const args = [
    tool('@arethetypeswrong/cli/dist/index.js'),
    inject('tarball'),
    '--no-emoji',
    '--format',
    'table-flipped',
  ];
  expect(await run(process.execPath, args, process.cwd())).toEqual(fine(expect.stringContaining('No problems found')));
});
