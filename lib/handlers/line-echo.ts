/** The echo server for lines: one reply a line, as a person at netcat expects. */
import { Buffer } from 'node:buffer'; // the global one is behind a getter
import { map } from 'rxjs';
import { lines } from '../operators/framing/lines.js';
import { bufferOf } from '../values/bytes.js';
import { type EchoConfig, type EchoHandler, echo } from './echo.js';

const newline = Buffer.from('\n');

/**
 * Makes a handler that answers each line as `echo` answers each chunk, with a newline behind the reply.
 *
 * Completes after the last reply; errors with ERR_FRAME_TOO_LONG for a line of more than 64 KiB.
 * @throws TypeError for an unknown option or a wrong type, RangeError for a value out of range
 * @example tcpServer({ port: 7000 }, lineEcho({ delayMs: 0, reply: 'raw' })).subscribe();
 */
export function lineEcho(config: EchoConfig = {}): EchoHandler {
  const answer = echo(config);
  return (chunks$, connection) =>
    answer(chunks$.pipe(lines()), connection).pipe(map((reply) => Buffer.concat([bufferOf(reply), newline])));
}
