/** Small services of the early Internet. Each is a handler: a peer to test with, and an example of how little a service needs. */
import { asyncScheduler, ignoreElements } from 'rxjs';
import type { Handler } from '../connection/handler.js';
import { ctime } from './ctime.js';

/** Reads, and sends nothing until the peer ends its side (RFC 863). */
const discard: Handler = (chunks$) => chunks$.pipe(ignoreElements());

/** Sends the time as text, then ends its side (RFC 867). */
const daytime: Handler = () => [`${ctime(asyncScheduler.now())}\r\n`];

/** From 1900-01-01, where RFC 868 begins to count, to 1970-01-01. */
const secondsBefore1970 = 2_208_988_800;

/** Sends the seconds since 1900, modulo 2^32, as four bytes, then ends its side (RFC 868). */
const time: Handler = () => {
  const seconds = Buffer.alloc(4);
  seconds.writeUInt32BE((Math.floor(asyncScheduler.now() / 1_000) + secondsBefore1970) % 2 ** 32);
  return [seconds];
};

const printable = Array.from({ length: 95 }, (_, index) => String.fromCharCode(0x20 + index)).join('');

/** Lines of 72 characters, each of which begins one character later; then they begin again. */
const pattern = Buffer.from(
  Array.from(printable, (_, first) => `${(printable + printable).slice(first, first + 72)}\r\n`).join(''),
);

/** Sends a pattern of characters as fast as the peer reads, until the peer ends its side (RFC 864). */
const chargen: Handler = (chunks$) => {
  let hasEnded = false;
  chunks$.subscribe({
    complete: () => {
      hasEnded = true;
    },
  });
  return (function* () {
    while (!hasEnded) yield pattern;
  })();
};

/** Handlers of small services: `tcpServer(9, services.discard)`. */
export const services = Object.freeze({ discard, daytime, time, chargen });
