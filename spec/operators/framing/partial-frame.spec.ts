/** A frame that comes in pieces is put together whole, and takes little more memory than its bytes meanwhile. */
import fc from 'fast-check';
import { from, Subject } from 'rxjs';
import { expect, it } from 'vitest';
import { type Bytes, lengthPrefixed } from '../../../lib/index.js';
import { cut } from '../../support/cuts.js';
import { collect } from '../../support/garbage.js';

const bytes = Buffer.from(Uint8Array.from({ length: 60_000 }, (_, at) => at % 251));

const most = (max: number) => fc.integer({ min: 1, max });
const pieces = fc.array(fc.oneof(most(4), most(400), most(4_000), most(40_000)), { minLength: 1, maxLength: 8 });

it('a long frame, and the ones behind it, are what was sent, in pieces of any sizes', () => {
  const property = fc.property(fc.nat(bytes.length), fc.nat(600), pieces, (long, short, lengths) => {
    const frames = [bytes.subarray(0, long), bytes.subarray(0, short), bytes.subarray(100)];
    const stream = frames.flatMap((frame) => [Buffer.of(0, 0, frame.length >> 8, frame.length & 0xff), frame]);
    const received: Buffer[] = [];
    from(cut(Buffer.concat(stream), lengths))
      .pipe(lengthPrefixed())
      .subscribe((frame) => received.push(frame));
    expect(received.map((frame, at) => frame.equals(frames[at] as Buffer))).toEqual([true, true, true]);
  });
  fc.assert(property, { numRuns: 50 });
});

it('100 000 bytes of a frame that come one by one take less than a megabyte', () => {
  const held = () => {
    collect();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  const chunks$ = new Subject<Bytes>();
  const subscription = chunks$.pipe(lengthPrefixed()).subscribe();
  chunks$.next(Buffer.of(0, 15, 0, 0));
  const before = held();
  for (let count = 0; count < 100_000; count += 1) chunks$.next(bytes.subarray(1, 2));
  expect(held() - before).toBeLessThan(1_000_000);
  subscription.unsubscribe();
});
