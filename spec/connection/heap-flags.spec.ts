/** Which flags of V8 tell what the old generation may grow to. They are read in this process, and leave its own heap as it is. */
import { totalmem } from 'node:os';
import { getHeapStatistics } from 'node:v8';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { oldGenerationBytes } from '../../lib/connection/old-generation.js';

const mebibyte = 1_048_576;

/** Of this process, in MiB. */
const heap = getHeapStatistics().heap_size_limit / mebibyte;
const machine = totalmem() / mebibyte;

interface Given {
  /** Of the command line. */
  readonly flags?: readonly string[];
  readonly nodeOptions?: string;
  /** The memory of the container in MiB; 0: Node cannot tell. */
  readonly container?: number;
}

const { execArgv } = process;

afterEach(() => {
  process.execArgv = execArgv;
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

/** In MiB. */
function oldGenerationWith({ flags = [], nodeOptions, container = 0 }: Given): number {
  process.execArgv = [...flags];
  vi.stubEnv('NODE_OPTIONS', nodeOptions);
  vi.spyOn(process, 'constrainedMemory').mockReturnValue(container * mebibyte);
  return oldGenerationBytes() / mebibyte;
}

const size = (mebibytes: number) => `--max-old-space-size=${mebibytes}`;
const eighth = '--max-old-space-size-percentage=12.5';

describe('the old generation', () => {
  it.each<[given: Given, expected: number]>([
    [{}, (heap * 7) / 8],
    [{ flags: [size(48)] }, 48],
    [{ flags: ['--max_old_space_size=48'] }, 48],
    [{ flags: [size(64), size(48)] }, 48],
    [{ nodeOptions: size(48) }, 48],
    [{ nodeOptions: size(64), flags: [size(48)] }, 48],
    [{ flags: ['--max-semi-space-size=100'] }, heap - 3 * 128],
    [{ flags: ['--max-semi-space-size=100', size(48)] }, 48],
    [{ flags: [eighth] }, machine / 8],
    [{ flags: [eighth], container: 1_024 }, 128],
    [{ flags: [eighth], container: 2 * machine }, machine / 8],
    [{ flags: [eighth, size(48)], container: 1_024 }, 128],
  ])('with %j is %d MiB', (given, expected) => {
    expect(oldGenerationWith(given)).toBeCloseTo(expected);
  });
});
