/** What a framing operator makes of chunks that come at once. */
import { from, type Observable, type OperatorFunction } from 'rxjs';
import type { Bytes } from '../../lib/index.js';

/** The frames as text, and the code of the error, if any. A source that does not complete is a failure. */
export function framesOf(operator: OperatorFunction<Bytes, Uint8Array | string>, chunks: readonly Bytes[]): string[] {
  const seen: string[] = [];
  let ended = false;
  from(chunks)
    .pipe(operator)
    .subscribe({
      next: (frame) => seen.push(Buffer.from(frame as Uint8Array).toString()),
      error: ({ code }) => {
        seen.push(code);
        ended = true;
      },
      complete: () => {
        ended = true;
      },
    });
  if (!ended) throw new Error('Neither completed nor errored');
  return seen;
}

export function codeOf(frames$: Observable<unknown>): string | undefined {
  let code: string | undefined;
  frames$.subscribe({
    error: (error) => {
      code = error.code;
    },
  });
  return code;
}
