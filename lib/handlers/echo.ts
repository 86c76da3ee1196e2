/** The handler of the delayed, timestamped echo server. */
import { asyncScheduler, map, type Observable, type Observer, type SchedulerLike } from 'rxjs';
import type { Connection } from '../connection/connection.js';
import { delayEach } from '../operators/delay-each.js';
import { type Lateness, subscribeLater } from '../operators/subscribe-later.js';
import { withBackpressure } from '../operators/with-backpressure.js';
import { type Bytes, bufferOf } from '../values/bytes.js';
import { defaults } from '../values/defaults.js';
import { check, having, integer, maxTimerMs, oneOf, type Rule, readOptions } from '../values/options.js';
import { isReply, type Reply, type ReplyName, readReply, replyExpectation } from './reply.js';

/** The options of `echo`. */
export interface EchoConfig {
  /** How long to delay, in milliseconds: 0 to 2147483647; or a function that is asked for each delay. @default 5000 */
  readonly delayMs?: number | ((connection?: Connection) => number) | undefined;
  /** What is delayed: `'connection'`, once, before its first chunk; `'chunk'`, each reply. @default 'connection' */
  readonly delayPer?: 'connection' | 'chunk' | undefined;
  /** A name, a template such as `'{data} from {remote} at {time}'`, or a function. @default 'text' */
  readonly reply?: Reply | ReplyName | (string & {}) | undefined;
  /**
   * Is told of each reply, in milliseconds, how much later than due it was made: 0 for one that needs no delay. See `observeReplies` of
   * 'rxjs-tcp/metrics'.
   */
  readonly replied?: Pick<Observer<number>, 'next'> | undefined;
  /** Tells the time and runs the timers; asyncScheduler follows a running TestScheduler. @default asyncScheduler */
  readonly scheduler?: SchedulerLike | undefined;
}

const milliseconds = integer(0, maxTimerMs);

const rules: { readonly [Key in keyof Required<EchoConfig>]: Rule } = {
  delayMs: {
    ...milliseconds,
    expected: `${milliseconds.expected}, or a function that returns one`,
    accepts: (value) => typeof value === 'function' || milliseconds.accepts(value),
  },
  delayPer: oneOf('connection', 'chunk'),
  reply: { expected: replyExpectation, accepts: isReply },
  replied: having('an Observer', 'next'),
  scheduler: having('a scheduler', 'schedule', 'now'),
};

const echoDefaults = Object.freeze({ ...defaults.echo, scheduler: asyncScheduler });

/** A handler that needs no connection and takes strings too, as marble tests have them: `cold('a|').pipe(echo())`. */
export type EchoHandler = (chunks$: Observable<Bytes>, connection?: Connection) => Observable<Bytes>;

/**
 * Makes a handler that answers each chunk with `Echo=>DATA at TIME` after a delay: by default 5 s, once a connection.
 *
 * - Cold; unsubscribing cancels the delay. Completes after the last reply; errors if the chunks or `reply` do.
 * - No reply is early: the delay runs on the monotonic clock.
 * - During the delay each chunk counts in the window with its bytes plus 256: over `highWaterMarkBytes` reading pauses.
 * @throws TypeError for an unknown option or a wrong type, RangeError for a value out of range
 * @example tcpServer({ port: 50007 }, echo({ delayMs: 250, reply: 'raw' })).subscribe();
 */
export function echo(config: EchoConfig = {}): EchoHandler {
  const { delayMs, delayPer, reply, replied, scheduler } = readOptions(config, rules, echoDefaults);
  const answer = readReply(reply);
  const answers = (chunks$: Observable<Bytes>, connection: Connection | undefined, lateness = onTime) =>
    chunks$.pipe(
      map((chunk) => {
        const made = answer(bufferOf(chunk), scheduler.now(), connection);
        replied?.next(lateness());
        return made;
      }),
    );
  /** Of the chunk that leaves a delay. */
  let latenessMs = 0;
  const late = (byMs: number): void => {
    latenessMs = byMs;
  };
  const delayFor = delays(delayMs);
  // While it waits the connection holds what comes, and hands it over as one chunk.
  const later = subscribeLater(scheduler);
  return (chunks$, connection) => {
    if (delayMs === 0) return answers(chunks$, connection);
    const delay = delayFor(connection);
    if (delayPer === 'connection') return later(delay, (lateness) => answers(chunks$, connection, lateness));
    const delayed = delayEach<Bytes>(delay, scheduler, replied && late);
    return answers(chunks$.pipe(withBackpressure(delayed, connection)), connection, () => latenessMs);
  };
}

const onTime: Lateness = () => 0;

/** For a connection, a function that tells its next delay. A fixed one costs no connection anything. */
function delays(delayMs: NonNullable<EchoConfig['delayMs']>): (connection?: Connection) => () => number {
  if (typeof delayMs === 'number') {
    const fixed = () => delayMs;
    return () => fixed;
  }
  return (connection) => () => {
    const delay = delayMs(connection);
    check('delayMs', delay, milliseconds);
    return delay;
  };
}
