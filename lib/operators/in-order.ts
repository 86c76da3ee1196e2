/** Asynchronous answers to chunks, in the order of the chunks, behind a backlog of any length. */
import { from, map, Observable, type ObservableInput, type OperatorFunction, takeUntil } from 'rxjs';
import Queue from 'yocto-queue';
import type { FlowWindow } from '../connection/connection.js';
import { byteLength, ownMemory } from '../values/bytes.js';
import { func, limit, readOptions } from '../values/options.js';
import { endOf } from './end-of.js';

/** The options of `inOrder`. */
export interface InOrderConfig<T> {
  /** How many chunks are worked on at once. What their answers emit early waits for its turn in memory. @default 1 */
  readonly concurrency?: number | undefined;
  /** What an item costs in the window beside 256 bytes. Default: the bytes of a chunk or a string, and 0 for anything else. */
  readonly sizeOf?: ((item: T) => number) | undefined;
}

const rules = { concurrency: limit(1), sizeOf: func };

/** An item that waits to be answered. */
interface Held<T> {
  readonly item: T;
  readonly size: number;
}

/** What `project` returned for one item. */
interface Answer<R> {
  readonly size: number;
  /** Emitted before it was this answer's turn. */
  early: Queue<R> | undefined;
  isComplete: boolean;
}

/**
 * Answers each chunk, or any other item, with what `project` returns for it, in order.
 *
 * - Cold; unsubscribing ends the source and the answers under way.
 * - Emits the values of every answer, completes after the last, errors at once if the source, an answer or `project` does.
 * - Items that wait are queued without bound. In a `window`, the connection, each counts until it is answered: over
 *   `highWaterMarkBytes` reading pauses.
 * - `concatMap` recurses: behind a slow answer it can run out of stack and lose values (ReactiveX/rxjs#7334). This loops.
 *
 * @throws TypeError, RangeError for an option that is unknown or out of range
 * @example
 * const shout = async (chunk: Buffer) => String(chunk).toUpperCase();
 * tcpServer(50007, (chunks$, connection) => chunks$.pipe(inOrder(shout, connection))).subscribe();
 */
export function inOrder<T, R>(
  project: (item: T, index: number) => ObservableInput<R>,
  window?: FlowWindow,
  config: InOrderConfig<T> = {},
): OperatorFunction<T, R> {
  const { concurrency, sizeOf } = readOptions(config, rules, { concurrency: 1, sizeOf: byteLength });
  return (source$) =>
    new Observable((subscriber) => {
      const waiting = new Queue<Held<T>>();
      const answers = new Queue<Answer<R>>();
      let asked = 0;
      let underWay = 0;
      let isAsking = false;
      let isEmitting = false;
      let sourceCompleted = false;

      const ask = (): void => {
        if (isAsking) return;
        isAsking = true;
        while (underWay < concurrency && waiting.size > 0 && !subscriber.closed) {
          const { item, size } = waiting.dequeue() as Held<T>;
          const answer = { size, early: undefined, isComplete: false };
          answers.enqueue(answer);
          underWay += 1;
          follow(answer, item);
        }
        isAsking = false;
        if (sourceCompleted && answers.size === 0 && waiting.size === 0) subscriber.complete();
      };

      const follow = (answer: Answer<R>, item: T): void => {
        let answer$: Observable<R>;
        try {
          answer$ = from(project(item, asked));
        } catch (error) {
          subscriber.error(error);
          return;
        }
        asked += 1;
        answer$.pipe(takeUntil(ended$)).subscribe({
          next: (value) => {
            if (answers.peek() === answer && answer.early === undefined) {
              subscriber.next(value);
              return;
            }
            answer.early ??= new Queue();
            answer.early.enqueue(value);
          },
          error: (error) => subscriber.error(error),
          complete: () => {
            answer.isComplete = true;
            underWay -= 1;
            emitEarly();
            ask();
          },
        });
      };

      /** Ends the answers that have had their turn, and emits what the next ones have waiting. */
      const emitEarly = (): void => {
        if (isEmitting) return;
        isEmitting = true;
        for (let first = answers.peek(); first !== undefined && !subscriber.closed; first = answers.peek()) {
          while (first.early !== undefined && first.early.size > 0) subscriber.next(first.early.dequeue() as R);
          first.early = undefined;
          if (!first.isComplete) break;
          answers.dequeue();
          window?.release(first.size);
        }
        isEmitting = false;
      };

      const ended$ = endOf(subscriber, () => {
        for (const { size } of answers.drain()) window?.release(size);
        for (const { size } of waiting.drain()) window?.release(size);
      });
      const held = (item: T): Held<T> => {
        if (window === undefined) return { item, size: 0 };
        const size = sizeOf(item);
        window.hold(size);
        return { item: ownMemory(item) as T, size };
      };
      source$.pipe(takeUntil(ended$), map(held)).subscribe({
        next: (item) => {
          waiting.enqueue(item);
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
