/** One asynchronous answer to each chunk, in order, without end of the backlog. */
import { from, Observable, type ObservableInput, type OperatorFunction } from 'rxjs';
import Queue from 'yocto-queue';
import type { Window } from '../connection/connection.js';
import { type Bytes, byteLength } from '../values/bytes.js';

/**
 * Asks `project` for the answer to each chunk, one at a time, and emits what it answers. With a `window`, each chunk is in
 * it until it is answered, so that reading pauses while much is held.
 *
 * It is what `concatMap` does, but that loses values and never completes when answers come synchronously behind a slow one
 * (ReactiveX/rxjs#7334): its recursion runs out of stack. Here a loop asks, and the backlog may be of any length.
 *
 * @example tcpServer(7, (chunks$, connection) => chunks$.pipe(inOrder((chunk) => lookUp(chunk), connection)));
 */
export function inOrder<T extends Bytes, R>(
  project: (chunk: T, index: number) => ObservableInput<R>,
  window?: Window,
): OperatorFunction<T, R> {
  return (source$) =>
    new Observable((subscriber) => {
      const waiting = new Queue<T>();
      let index = 0;
      let answering: T | undefined;
      let looping = false;
      let sourceCompleted = false;

      const settle = (chunk: T): void => window?.leave(byteLength(chunk));

      const ask = (): void => {
        if (looping) return;
        looping = true;
        while (answering === undefined && waiting.size > 0 && !subscriber.closed) {
          answering = waiting.dequeue() as T;
          answer(answering);
        }
        looping = false;
        if (sourceCompleted && answering === undefined && waiting.size === 0) subscriber.complete();
      };

      const answer = (chunk: T): void => {
        let answer$: Observable<R>;
        try {
          answer$ = from(project(chunk, index));
        } catch (error) {
          subscriber.error(error);
          return;
        }
        index += 1;
        subscriber.add(
          answer$.subscribe({
            next: (value) => subscriber.next(value),
            error: (error) => subscriber.error(error),
            complete: () => {
              answering = undefined;
              settle(chunk);
              ask();
            },
          }),
        );
      };

      subscriber.add(() => {
        if (answering !== undefined) settle(answering);
        while (waiting.size > 0) settle(waiting.dequeue() as T);
      });
      subscriber.add(
        source$.subscribe({
          next: (chunk) => {
            window?.enter(byteLength(chunk));
            waiting.enqueue(chunk);
            ask();
          },
          error: (error) => subscriber.error(error),
          complete: () => {
            sourceCompleted = true;
            ask();
          },
        }),
      );
    });
}
