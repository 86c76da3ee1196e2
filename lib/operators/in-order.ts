/** One asynchronous answer to each chunk, in order, without end of the backlog. */
import { from, Observable, type ObservableInput, type OperatorFunction, takeUntil } from 'rxjs';
import Queue from 'yocto-queue';
import type { FlowWindow } from '../connection/connection.js';
import { type Bytes, byteLength } from '../values/bytes.js';
import { endOf } from './end-of.js';

/**
 * Asks `project` for the answer to each chunk, one at a time, and emits what it answers. With a `window`, each chunk is in
 * it until it is answered, so that reading pauses while much is held.
 *
 * It is what `concatMap` does, but that loses values and never completes when answers come synchronously behind a slow one
 * (ReactiveX/rxjs#7334): its recursion runs out of stack. Here a loop asks, and the backlog may be of any length.
 *
 * @example tcpServer(7, (chunks$, connection) => chunks$.pipe(inOrder((chunk) => lookUp(chunk), connection)));
 */
export function inOrder<T, R>(project: (chunk: T, index: number) => ObservableInput<R>): OperatorFunction<T, R>;
export function inOrder<T extends Bytes, R>(
  project: (chunk: T, index: number) => ObservableInput<R>,
  window?: FlowWindow,
): OperatorFunction<T, R>;
export function inOrder<T extends Bytes, R>(
  project: (chunk: T, index: number) => ObservableInput<R>,
  window?: FlowWindow,
): OperatorFunction<T, R> {
  return (source$) =>
    new Observable((subscriber) => {
      const waiting = new Queue<T>();
      let answering: T | undefined;
      let asked = 0;
      let asking = false;
      let sourceCompleted = false;
      const ask = (): void => {
        if (asking) return;
        asking = true;
        while (answering === undefined && waiting.size > 0 && !subscriber.closed) {
          answering = waiting.dequeue() as T;
          answer(answering);
        }
        asking = false;
        if (sourceCompleted && answering === undefined && waiting.size === 0) subscriber.complete();
      };

      const answer = (chunk: T): void => {
        let answer$: Observable<R>;
        try {
          answer$ = from(project(chunk, asked));
        } catch (error) {
          subscriber.error(error);
          return;
        }
        asked += 1;
        answer$.pipe(takeUntil(ended$)).subscribe({
          next: (value) => subscriber.next(value),
          error: (error) => subscriber.error(error),
          complete: () => {
            settle();
            ask();
          },
        });
      };

      const settle = (): void => {
        if (answering === undefined) return;
        const size = byteLength(answering);
        answering = undefined;
        window?.release(size);
      };

      const ended$ = endOf(subscriber, () => {
        settle();
        for (const chunk of waiting.drain()) window?.release(byteLength(chunk));
      });
      source$.pipe(takeUntil(ended$)).subscribe({
        next: (chunk) => {
          window?.hold(byteLength(chunk));
          waiting.enqueue(chunk);
          ask();
        },
        error: (error) => subscriber.error(error),
        complete: () => {
          sourceCompleted = true;
          ask();
        },
      });
    });
}
