/** What a frame of 64 bytes costs, in chunks of 16 KiB and of a single byte, beside split2 and beside no framing at all. */
import { Writable } from 'node:stream';
import { from, type OperatorFunction, Subject } from 'rxjs';
import { lengthPrefixed, lines } from 'rxjs-tcp';
import split2 from 'split2';
import { median } from './run/summary.js';

const frameBytes = 64;
const chunkBytes = 16_384;
const chunks = 4_000;
const rounds = 7;

const line = Buffer.from(`${'x'.repeat(frameBytes - 1)}\n`);
const prefixed = Buffer.concat([Buffer.of(0, 0, 0, frameBytes - 4), Buffer.alloc(frameBytes - 4)]);
const chunkOf = (frame: Buffer) => Buffer.concat(Array.from({ length: chunkBytes / frameBytes }, () => frame));

/** Nanoseconds for each frame. */
function framed(operator: OperatorFunction<Buffer, Buffer>, chunk: Buffer): number {
  const chunks$ = new Subject<Buffer>();
  let bytes = 0;
  chunks$.pipe(operator).subscribe((frame) => {
    bytes += frame.length;
  });
  const startedAt = performance.now();
  for (let sent = 0; sent < chunks; sent += 1) chunks$.next(chunk);
  if (bytes === 0) throw new Error('No frames came');
  return perFrame(startedAt);
}

async function split(chunk: Buffer): Promise<number> {
  const splitter = split2();
  splitter.pipe(new Writable({ objectMode: true, write: (_line, _encoding, done) => done() }));
  const startedAt = performance.now();
  for (let sent = 0; sent < chunks; sent += 1) {
    if (!splitter.write(chunk)) await new Promise((resolve) => splitter.once('drain', resolve));
  }
  return perFrame(startedAt);
}

const perFrame = (startedAt: number) => ((performance.now() - startedAt) * 1e6 * frameBytes) / (chunks * chunkBytes);

/** Milliseconds for 1 MiB, as lines of 64 bytes, in such chunks. */
function megabyte(operator: OperatorFunction<Buffer, Buffer>, size: number): number {
  const bytes = Buffer.concat(Array.from({ length: 64 }, () => chunkOf(line)));
  const pieces = Array.from({ length: bytes.length / size }, (_, index) =>
    bytes.subarray(index * size, (index + 1) * size),
  );
  const startedAt = performance.now();
  from(pieces).pipe(operator).subscribe();
  return performance.now() - startedAt;
}

const none: OperatorFunction<Buffer, Buffer> = (chunks$) => chunks$;

const jobs: Record<string, () => number | Promise<number>> = {
  'lines, ns a frame': () => framed(lines(), chunkOf(line)),
  'lengthPrefixed, ns a frame': () => framed(lengthPrefixed(), chunkOf(prefixed)),
  'split2, ns a frame': () => split(chunkOf(line)),
  'lines, 1 MiB in one chunk, ms': () => megabyte(lines(), 1_048_576),
  'lines, 1 MiB in single bytes, ms': () => megabyte(lines(), 1),
  'no framing, 1 MiB in single bytes, ms': () => megabyte(none, 1),
};

const seen = new Map(Object.keys(jobs).map((name) => [name, [] as number[]]));
for (let round = 0; round <= rounds; round += 1) {
  for (const [name, job] of Object.entries(jobs)) {
    const figure = await job();
    if (round > 0) seen.get(name)?.push(figure); // the first round compiles the code
  }
}
process.stdout.write(`node ${process.versions.node}, medians of ${rounds} rounds in turn\n`);
for (const [name, figures] of seen)
  process.stdout.write(`${name}: ${median(figures).toFixed(name.includes('ns') ? 0 : 2)}\n`);
