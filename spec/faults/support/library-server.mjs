/** The built library behind the command's log lines, for what the command has no flag for: `node library-server.mjs CONFIG HANDLER`. */
import {
  concat,
  defer,
  fromEvent,
  identity,
  map,
  merge,
  mergeMap,
  NEVER,
  of,
  switchMap,
  take,
  tap,
  throwError,
  timer,
} from 'rxjs';
import { echo, formatAddress, tcpConnect, tcpServer } from '../../../dist/index.js';
import { asTold, transport } from './deeds.mjs';

const [config = '{}', name = 'identity'] = process.argv.slice(2);

/** What each does to a connection that sends '!' first; the others are echoed. */
const misdeeds = {
  throws: () => {
    throw new Error('thrown');
  },
  rejects: () => defer(() => Promise.reject(new Error('rejected'))),
  errors: () => throwError(() => new Error('errored')),
  hangs: () => NEVER,
  'is no bytes': () => of(42),
};

const handlers = {
  identity,
  echo: echo({ delayMs: 100, delayPer: 'chunk', reply: 'raw' }),
  'echo 5 s later': echo({ delayMs: 5_000, delayPer: 'chunk', reply: 'raw' }),
  'echo 20 s later': echo({ delayMs: 20_000, delayPer: 'chunk', reply: 'raw' }),
  /** Sends 300 MiB to the port that a chunk names. */
  'feeds a client': tap((chunk) => {
    const port = Number(chunk);
    if (port > 0)
      of(Buffer.alloc(314_572_800))
        .pipe(tcpConnect({ port, transport }))
        .subscribe({ error: () => {} });
  }),
  'as told': asTold,
  'answers once': take(1),
  /** Half a megabyte to a byte: it fills every buffer on the way at once. */
  amplifies: map(() => Buffer.alloc(524_288)),
  late: (chunks$) => timer(300).pipe(switchMap(() => chunks$)),
  'one reader after the other': (chunks$) => concat(chunks$.pipe(take(1)), chunks$),
  'two readers at once': (chunks$) => merge(chunks$, timer(50).pipe(switchMap(() => chunks$))),
  blocks: tap((chunk) => {
    if (chunk[0] !== 0x21) return;
    for (const until = performance.now() + 300; performance.now() < until; );
  }),
  misbehaves: mergeMap((chunk) => {
    const misdeed = misdeeds[String(chunk).slice(1)];
    return chunk[0] === 0x21 && misdeed ? misdeed() : of(chunk);
  }),
  /** Every hundredth. */
  'throws at the call': (chunks$, { id }) => {
    if (id % 100 === 0) throw new Error('thrown at the call');
    return chunks$;
  },
};

const log = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
const stop$ = fromEvent(process, 'SIGTERM');

tcpServer({ stop$, ...JSON.parse(config) }, handlers[name]).subscribe({
  next: ({ type, connection, error, address, ...rest }) => {
    if (type === 'listening') process.stdout.write(`listening on ${formatAddress(address)}\n`);
    else
      log({
        event: type,
        id: connection?.id,
        ...rest,
        code: error?.code,
        message: error?.message,
        cause: error?.cause?.code,
      });
  },
});
