/** What holds for every operator that cuts frames. */
import { NEVER, type OperatorFunction, of, Subject, take, throwError } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { type Bytes, chunksOf, delimited, lengthPrefixed, lines } from '../../../lib/index.js';
import { collect } from '../../support/garbage.js';
import { inVirtualTime } from '../../support/virtual-time.js';

const decoders: [name: string, operator: OperatorFunction<Bytes, Buffer>, encode: (frame: string) => string][] = [
  ['lines', lines(), (frame) => `${frame}\n`],
  ['delimited', delimited({ delimiter: '--' }), (frame) => `${frame}--`],
  ['lengthPrefixed', lengthPrefixed({ headerBytes: 1 }), (frame) => `\x01${frame}`],
  ['chunksOf', chunksOf(1), (frame) => frame],
];

describe.each(decoders)('%s', (_, decode, encode) => {
  const text = (marbles: Record<string, string>) =>
    Object.fromEntries(Object.entries(marbles).map(([key, value]) => [key, Buffer.from(value)]));

  it('emits the frames of a chunk when it comes, and completes with its source', () => {
    inVirtualTime(({ cold, expectObservable }) => {
      const values = { a: encode('1') + encode('2'), b: encode('3') };
      const frames = text({ x: '1', y: '2', z: '3' });
      expectObservable(cold('   -a------b-|', values).pipe(decode)).toBe('-(xy)---z-|', frames);
    });
  });

  it('emits nothing where nothing comes, and completes where nothing is left', () => {
    inVirtualTime(({ cold, expectObservable }) => {
      expectObservable(NEVER.pipe(decode)).toBe('-');
      expectObservable(cold('--|').pipe(decode)).toBe('--|');
    });
  });

  it('errors with the error of its source, at once', () => {
    inVirtualTime(({ cold, expectObservable }) => {
      expectObservable(cold('-a-#', { a: encode('1') }).pipe(decode)).toBe('-x-#', text({ x: '1' }));
      expectObservable(throwError(() => 'error').pipe(decode)).toBe('#');
    });
  });

  it('ends its source when it is unsubscribed from, also between the frames of one chunk', () => {
    inVirtualTime(({ cold, expectObservable, expectSubscriptions }) => {
      const source$ = cold('-a-|', { a: encode('1') + encode('2') });
      expectObservable(source$.pipe(decode, take(1))).toBe('-(x|)', text({ x: '1' }));
      expectSubscriptions(source$.subscriptions).toBe('^!');
    });
  });

  it('keeps the order of frames where a subscriber sends the next chunk', () => {
    const chunks$ = new Subject<Bytes>();
    const seen: string[] = [];
    chunks$.pipe(decode).subscribe({
      next: (frame) => {
        seen.push(String(frame));
        if (seen.length === 1) {
          chunks$.next(encode('3'));
          chunks$.complete();
        }
      },
      complete: () => seen.push('completed'),
    });
    chunks$.next(encode('1') + encode('2'));
    expect(seen).toEqual(['1', '2', '3', 'completed']);
  });

  it('gives views into a chunk that holds many frames, and copies of none', () => {
    const chunk = Buffer.from(new TextEncoder().encode(encode('1') + encode('2')).buffer); // and not a part of Node's pool
    const buffers: ArrayBufferLike[] = [];
    of(chunk)
      .pipe(decode)
      .subscribe(({ buffer }) => buffers.push(buffer));
    expect(buffers.map((buffer) => buffer === chunk.buffer)).toEqual([true, true]);
  });

  it('keeps no chunk while it waits for the next one', async () => {
    const chunks$ = new Subject<Bytes>();
    const subscription = chunks$.pipe(decode).subscribe();
    const feed = (): WeakRef<ArrayBufferLike> => {
      const chunk = Buffer.allocUnsafeSlow(65_536).fill(encode('1'));
      chunks$.next(chunk);
      return new WeakRef(chunk.buffer);
    };
    const memory = feed();
    const isFree = () => {
      collect();
      return memory.deref() === undefined;
    };
    await expect.poll(isFree).toBe(true);
    subscription.unsubscribe();
  });

  it('starts anew for each subscriber', () => {
    const [half = ''] = encode('12').slice(0, 1);
    const frames$ = of(half).pipe(decode);
    for (let subscriber = 0; subscriber < 2; subscriber += 1) frames$.subscribe({ error: () => {} });
    of(encode('1'))
      .pipe(decode)
      .subscribe((frame) => expect(String(frame)).toBe('1'));
    expect.assertions(1);
  });
});
