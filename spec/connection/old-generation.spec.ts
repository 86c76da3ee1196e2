/** What the library takes the old generation to be, in processes of this Node with flags of each kind. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { totalmem } from 'node:os';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';

const mebibyte = 1_048_576;

const module = new URL('../../dist/connection/old-generation.js', import.meta.url).href;

/** In MiB. */
function oldGenerationWith(flags: readonly string[], nodeOptions = ''): number {
  const program = `import { oldGenerationBytes } from '${module}'; console.log(oldGenerationBytes() / ${mebibyte});`;
  const args = [...flags, '--input-type=module', '--eval', program];
  const env = { ...process.env, NODE_OPTIONS: nodeOptions };
  return Number(execFileSync(process.execPath, args, { env, encoding: 'utf8' }));
}

/** What V8 makes of the machine without a flag, in MiB: it tells a worker thread. */
async function defaultOldGeneration(): Promise<number> {
  const worker = new Worker('setInterval(() => {}, 1_000)', { eval: true, execArgv: [], env: {} });
  await once(worker, 'online'); // its limits are known once it runs
  const { maxOldGenerationSizeMb } = worker.resourceLimits as { readonly maxOldGenerationSizeMb: number };
  await worker.terminate();
  return maxOldGenerationSizeMb;
}

const hasPercentage = process.allowedNodeEnvironmentFlags.has('--max-old-space-size-percentage');

describe('the old generation', () => {
  it.each([
    [['--max-old-space-size=48'], '', 48],
    [['--max_old_space_size=48'], '', 48],
    [['--max-old-space-size=64', '--max-old-space-size=48'], '', 48],
    [['--max-old-space-size=48', '--max-semi-space-size=1'], '', 48],
    [['--max-heap-size=200', '--max-semi-space-size=16'], '', 200 - 3 * 16],
    [['--max-heap-size=200', '--max-semi-space-size=9'], '', 200 - 3 * 16],
    [[], '--max-old-space-size=48', 48],
    [['--max-old-space-size=48'], '--max-old-space-size=64', 48],
  ])('with %j and NODE_OPTIONS %j is %d MiB', (flags, nodeOptions, expected) => {
    expect(oldGenerationWith(flags, nodeOptions)).toBe(expected);
  });

  const skipped = hasPercentage ? '' : ' (skipped: this Node has no such flag)';
  it.runIf(hasPercentage)(
    `with --max-old-space-size-percentage is that part of the memory, whatever the size${skipped}`,
    () => {
      const memory = Math.min(totalmem(), process.constrainedMemory() || totalmem()) / mebibyte;
      const flags = ['--max-old-space-size-percentage=10', '--max-old-space-size=48'];
      expect(oldGenerationWith(flags)).toBeCloseTo(memory / 10);
    },
  );

  it('without a flag is no more than V8 has, and at least four fifths of it', async () => {
    const actual = await defaultOldGeneration();
    const assumed = oldGenerationWith([]);
    expect(assumed).toBeLessThanOrEqual(actual);
    expect(assumed).toBeGreaterThanOrEqual(0.8 * actual);
  });

  it('of a worker thread is what the thread may have', async () => {
    const program = `import('${module}').then(({ oldGenerationBytes }) =>
      require('node:worker_threads').parentPort.postMessage(oldGenerationBytes() / ${mebibyte}));`;
    const worker = new Worker(program, { eval: true, resourceLimits: { maxOldGenerationSizeMb: 48 } });
    expect(await once(worker, 'message')).toEqual([48]);
    await worker.terminate();
  });
});
