/** What the old generation of V8's heap may grow to: all that lives for long is in it, and V8 ends a process that needs more. */
import { totalmem } from 'node:os';
import { getHeapStatistics } from 'node:v8';
import { resourceLimits } from 'node:worker_threads';

const mebibyte = 1_048_576;

/**
 * `heap_size_limit` is this and three semi-spaces of the young generation, of 16 MiB each on Node 20 and 22, 64 on 24, 32 on 26
 * (measured). Where the command line sets only the old generation, most of the limit may be young: 240 MiB for 48 on Node 24.
 */
export function oldGenerationBytes(): number {
  const { maxOldGenerationSizeMb = Number.POSITIVE_INFINITY } = resourceLimits; // of a worker thread
  return Math.min(oldGenerationOfProcess(getHeapStatistics().heap_size_limit), maxOldGenerationSizeMb * mebibyte);
}

function oldGenerationOfProcess(limitBytes: number): number {
  const percentage = sizeFlag('max-old-space-size-percentage'); // takes precedence (Node 24 and later)
  if (percentage > 0) return (percentage / 100) * Math.min(totalmem(), process.constrainedMemory() || totalmem());
  const size = sizeFlag('max-old-space-size');
  if (size > 0) return size * mebibyte;
  const semiSpace = sizeFlag('max-semi-space-size'); // V8 rounds it up to a power of two
  if (semiSpace > 0) return limitBytes - 3 * 2 ** Math.ceil(Math.log2(semiSpace)) * mebibyte;
  return limitBytes * (7 / 8); // by itself V8 gives a tenth at most to the young one, on machines of 256 MiB to 24 GiB (measured)
}

/** The last one counts, and those of the command line come behind NODE_OPTIONS. 0: not set. */
function sizeFlag(name: string): number {
  const flags = [process.env.NODE_OPTIONS, ...process.execArgv].join(' ').replaceAll('_', '-');
  return Number([...flags.matchAll(new RegExp(`--${name}=([\\d.]+)`, 'g'))].at(-1)?.[1] ?? 0);
}
