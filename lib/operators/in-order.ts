/** One asynchronous answer to each chunk, in order, behind a backlog of any length. */
import { from, Observable, type ObservableInput, type OperatorFunction, takeUntil } from 'rxjs';
import Queue from 'yocto-queue';
import type { FlowWindow } from '../connection/connection.js';
import { type Bytes, byteLength } from '../values/bytes.js';
import { endOf } from './end-of.js';

/** Without a window, chunks may be of any type. */
export function inOrder<T, R>(project: (chunk: T, index: number) => ObservableInput<R>): OperatorFunction<T, R>;
/**
 * Answers each chunk with what `project` returns for it, one chunk at a time, in order.
 *
 * - Cold; unsubscribing ends the source and the answer under way.
 * - Emits the values of every answer, completes after the last, errors at once if the source, an answer or `project` does.
 * - Chunks that wait are queued without bound. In a `window`, the connection, each counts with its bytes plus 256: over
 *   `highWaterMarkBytes` reading pauses.
 * - `concatMap` recurses: behind a slow answer it can run out of stack and lose values (ReactiveX/rxjs#7334). This loops.
 *
 * @example
 * const shout = async (chunk: Buffer) => String(chunk).toUpperCase();
 * tcpServer(50007, (chunks$, connection) => chunks$.pipe(inOrder(shout, connection))).subscribe();
 */
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
