/** Cuts a stream of bytes into frames: what all decoders share. */
import { Observable, type OperatorFunction, takeUntil } from 'rxjs';
import Queue from 'yocto-queue';
import { type Bytes, bufferOf } from '../../values/bytes.js';
import { endOf } from '../end-of.js';

/** Finds the frames of one stream. */
export interface Decoder {
  /** Takes the next bytes; called when `read` has returned all frames of those before. */
  write(bytes: Buffer): void;
  /** The next whole frame; undefined where it needs more bytes. Throws where the bytes make no frame. */
  read(): Buffer | undefined;
  /** At the end of the stream: what is left as a frame, or undefined. Throws where nothing may be left. */
  end(): Buffer | undefined;
}

/** Each subscription has a decoder of its own. What comes while a frame is emitted waits, so that frames keep their order. */
export function frameBy(makeDecoder: () => Decoder): OperatorFunction<Bytes, Buffer> {
  return (source$) =>
    new Observable((subscriber) => {
      const decoder = makeDecoder();
      const waiting = new Queue<Buffer>();
      let isReading = false;
      let sourceCompleted = false;

      const decode = (bytes: Buffer): void => {
        decoder.write(bytes);
        for (let frame = decoder.read(); frame !== undefined; frame = decoder.read()) {
          subscriber.next(frame);
          if (subscriber.closed) return;
        }
      };
      const take = (bytes?: Buffer): void => {
        isReading = true;
        try {
          for (let next = bytes ?? waiting.dequeue(); next !== undefined; next = waiting.dequeue()) decode(next);
          if (sourceCompleted) complete();
        } catch (error) {
          subscriber.error(error);
        }
        isReading = false;
      };
      const complete = (): void => {
        const last = decoder.end();
        if (last !== undefined) subscriber.next(last);
        subscriber.complete();
      };

      const ended$ = endOf(subscriber, () => waiting.clear());
      source$.pipe(takeUntil(ended$)).subscribe({
        next: (bytes) => {
          if (isReading) waiting.enqueue(bufferOf(bytes));
          else take(bufferOf(bytes));
        },
        error: (error) => subscriber.error(error),
        complete: () => {
          sourceCompleted = true;
          if (!isReading) take();
        },
      });
    });
}
