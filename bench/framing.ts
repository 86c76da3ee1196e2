/** What a frame of 64 bytes costs, in chunks of 16 KiB and of a single byte, beside split2 and beside no framing at all. */
import { Writable } from 'node:stream';
import { from, type OperatorFunction, Subject } from 'rxjs';
import { lengthPrefixed, lines } from 'rxjs-tcp';
import split2 from 'split2';
import { printRounds } from './run/rounds.js';

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

await printRounds(rounds, 'a frame, ns', {
  lines: () => framed(lines(), chunkOf(line)),
  lengthPrefixed: () => framed(lengthPrefixed(), chunkOf(prefixed)),
  split2: () => split(chunkOf(line)),
});
await printRounds(rounds, '1 MiB, ms', {
  'lines, in single bytes': () => megabyte(lines(), 1),
  'lines, in one chunk': () => megabyte(lines(), 1_048_576),
  'no framing, in single bytes': () => megabyte(none, 1),
});
