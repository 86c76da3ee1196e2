/** What handlers of library-server.mjs do once the case has told them to: until then, and for other connections, they echo. */
import { createReadStream } from 'node:fs';
import {
  concat,
  delay,
  from,
  identity,
  ignoreElements,
  map,
  merge,
  NEVER,
  of,
  reduce,
  repeat,
  take,
  tap,
  timer,
} from 'rxjs';
import { inOrder, nodeNetwork, tcpConnect, withBackpressure } from '../../../dist/index.js';

const megabyte = 1_048_576;
const hourMs = 3_600_000;

/** Of clients: `documented.mjs` leaves the fast path to servers alone. */
export const transport = nodeNetwork({ fastPath: process.env.DOCUMENTED === undefined });

/** What comes back, as a number of bytes. */
const counted = () => reduce((sum, chunk) => sum + chunk.length, 0);

/** Sends `megabytes` to the port and replies how many came back. */
const fetch = (source, port, config = {}) =>
  tcpConnect({ port, transport, ...config })(source).pipe(counted(), map(String));

const piece = Buffer.alloc(megabyte, 'x');

/** 64 MiB. */
function* pieces() {
  for (let sent = 0; sent < 64; sent += 1) yield piece;
}

/** What is no longer there when it is to be sent. */
const transfer = (reply) => structuredClone(reply, { transfer: [reply.buffer] });

const deeds = {
  proxies: (chunks$, connection, config) => tcpConnect({ transport, ...config })(chunks$, connection),
  'sends a file': (_chunks$, _connection, { path }) => createReadStream(path),
  'pushes a file': (_chunks$, _connection, { path }) => from(createReadStream(path)),
  'sends in one piece': (_chunks$, _connection, { port }) => fetch(of(Buffer.alloc(64 * megabyte, 'x')), port),
  'sends what can wait': (_chunks$, _connection, { port }) => fetch(pieces(), port),
  'sends what cannot wait': (_chunks$, _connection, { port }) => fetch(from([...pieces()]), port),
  'sends late': (_chunks$, _connection, { port }) =>
    fetch(concat(of('early'), of('late').pipe(delay(300))), port, { allowHalfOpen: true }),
  'holds NaN': (chunks$, connection) => chunks$.pipe(tap(() => connection.hold(Number.NaN))),
  'holds what has no length': (chunks$, connection) =>
    chunks$.pipe(
      map(() => ({})),
      withBackpressure(delay(1), connection),
      map(() => '{}'),
    ),
  'answers what has no length': (chunks$, connection) =>
    chunks$.pipe(
      map(() => ({})),
      inOrder(async () => '{}', connection),
    ),
  holds: (chunks$, connection) => chunks$.pipe(withBackpressure(delay(hourMs), connection)),
  'never reads': () => NEVER,
  'reads on behind the end': (chunks$) => chunks$.pipe(take(1), repeat()),
  'reads twice': (chunks$) => concat(chunks$.pipe(take(1)), chunks$),
  'transfers a reply': (_chunks$, _connection, { bytes, afterMs }) => {
    const reply = Buffer.alloc(bytes);
    const transferred$ = afterMs === 0 ? of(0) : timer(afterMs);
    return merge(
      of(reply),
      transferred$.pipe(
        tap(() => transfer(reply)),
        ignoreElements(),
      ),
      NEVER,
    );
  },
  'is told what is writable, and throws': (_chunks$, _connection, { port }) => {
    const writable = {
      next() {
        throw new Error('thrown by the writable observer');
      },
    };
    return fetch(concat(of(Buffer.alloc(32 * megabyte)), NEVER), port, { writable });
  },
  'never completes': (chunks$) => merge(NEVER, chunks$),
};

/** The observer's order `tell` leaves it here. */
export const asTold = (chunks$, connection) => {
  const { deed, ...details } = globalThis.told ?? {};
  return (deeds[deed] ?? identity)(chunks$, connection, details);
};
