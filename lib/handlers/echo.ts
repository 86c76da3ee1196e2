/** The handler that the project is for: the delayed, timestamped echo. */
import { Buffer } from 'node:buffer'; // the global one is behind a getter
import { asyncScheduler, map, type Observable, type SchedulerLike } from 'rxjs';
import type { Connection } from '../connection/connection.js';
import { delayEach } from '../operators/delay-each.js';
import { subscribingLater } from '../operators/subscribe-later.js';
import { withBackpressure } from '../operators/with-backpressure.js';
import type { Bytes } from '../values/bytes.js';
import { defaults } from '../values/defaults.js';
import { having, integer, maxTimerMs, oneOf, type Rule, readOptions } from '../values/options.js';
import { isReply, type Reply, type ReplyName, readReply, replyExpectation } from './reply.js';

export interface EchoConfig {
  /** 0 to 2147483647. Default 5 000. */
  readonly delayMs?: number | undefined;
  /** `'connection'`: once, before the first chunk is taken. `'chunk'`: each is answered that long after it came. */
  readonly delayPer?: 'connection' | 'chunk' | undefined;
  /** A name, a template such as `'{data} from {remote} at {time}'`, or a function. Default `'text'`. */
  readonly reply?: Reply | ReplyName | (string & {}) | undefined;
  /** What time is told by. Default `asyncScheduler`, which follows a running `TestScheduler` by itself. */
  readonly scheduler?: SchedulerLike | undefined;
}

const rules: { readonly [Key in keyof Required<EchoConfig>]: Rule } = {
  delayMs: integer(0, maxTimerMs),
  delayPer: oneOf('connection', 'chunk'),
  reply: { expected: replyExpectation, type: 'any', accepts: isReply },
  scheduler: having('a scheduler', 'schedule', 'now'),
};

/** A handler that does without a connection, and with text, so that it can be piped: `cold('a|').pipe(echo())`. */
export type EchoHandler = (chunks$: Observable<Bytes>, connection?: Connection) => Observable<Bytes>;

/**
 * Answers each chunk with `Echo=>DATA at TIME`, after a delay.
 *
 * No reply is early: the delay is measured on the monotonic clock. With `delayPer: 'chunk'` what waits is counted in the
 * connection's window, so a peer that sends faster than the delay lets go is read from no further than the high-water mark.
 *
 * @throws TypeError, RangeError for an option that is unknown or out of range
 * @example tcpServer({ port: 50007 }, echo({ delayMs: 250, reply: 'raw' })).subscribe();
 */
export function echo(config: EchoConfig = {}): EchoHandler {
  const { delayMs, delayPer, reply, scheduler } = readOptions(config, rules, {
    ...defaults.echo,
    scheduler: asyncScheduler,
  });
  const answer = readReply(reply);
  const answersTo = (connection: Connection | undefined) =>
    map((chunk: Bytes) => {
      return answer(Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk as string), scheduler.now(), connection);
    });
  // While it waits the connection holds what comes, and hands it over as one chunk.
  const later = subscribingLater(delayMs, scheduler);
  return (chunks$, connection) => {
    if (delayMs === 0) return chunks$.pipe(answersTo(connection));
    if (delayPer === 'chunk') {
      return chunks$.pipe(withBackpressure(delayEach(delayMs, scheduler), connection), answersTo(connection));
    }
    return later(() => chunks$.pipe(answersTo(connection)));
  };
}
