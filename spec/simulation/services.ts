/** Handlers of every kind, with what each is to answer. */
import { createHash } from 'node:crypto';
import { delay, map, reduce, timer } from 'rxjs';
import { echo, type Handler, inOrder, withBackpressure } from '../../lib/index.js';
import type { Dice } from './dice.js';

/** A handler, and its answer to a whole request. */
export interface Service {
  readonly handler: Handler;
  readonly answer: (request: Buffer) => Buffer;
}

/** What an echo answers. */
export function same(request: Buffer): Buffer {
  return request;
}

/** How long a stream was, and its checksum: the answer comes behind its end. */
function summary(request: Buffer): Buffer {
  return Buffer.from(`${request.length} ${createHash('md5').update(request).digest('hex')}`);
}

export const atOnce: Service = { handler: (chunks$) => chunks$, answer: same };

export const summed: Service = {
  handler: (chunks$) =>
    chunks$.pipe(
      reduce((all, chunk) => [...all, chunk], [] as Buffer[]),
      map((all) => summary(Buffer.concat(all))),
    ),
  answer: summary,
};

/** What makes 35 bytes of each one. */
function amplify(request: Buffer): Buffer {
  const answer = Buffer.alloc(35 * request.length);
  for (const [index, byte] of request.entries()) answer.fill(byte, 35 * index, 35 * (index + 1));
  return answer;
}

export const amplified: Service = { handler: (chunks$) => chunks$.pipe(map(amplify)), answer: amplify };

export function delayed(delayMs: number, delayPer: 'connection' | 'chunk' = 'chunk'): Service {
  return { handler: echo({ delayMs, delayPer, reply: 'raw' }), answer: same };
}

/** Each chunk has its own delay, up to that. */
export function uneven(mostMs: number, concurrency: number): Service {
  return {
    handler: (chunks$, connection) =>
      chunks$.pipe(
        inOrder((chunk) => timer(Math.floor(Math.random() * mostMs)).pipe(map(() => chunk)), connection, {
          concurrency,
        }),
      ),
    answer: same,
  };
}

export function counted(delayMs: number): Service {
  return { handler: (chunks$, connection) => chunks$.pipe(withBackpressure(delay(delayMs), connection)), answer: same };
}

export function anyService(dice: Dice): Service {
  const ms = dice.pick(1, 20, 700);
  return dice.pick(
    () => atOnce,
    () => summed,
    () => delayed(ms),
    () => delayed(ms, 'connection'),
    () => uneven(ms, dice.between(1, 4)),
    () => counted(ms),
  )();
}
