import { concat, concatWith, defer, EMPTY, map, retry, Subject, takeWhile, tap, throwError, timer } from 'rxjs';
import { encodeLines, lines, type TcpConnectConfig, tcpConnect, tcpServer } from 'rxjs-tcp';

/** Sends numbered messages, and those again, on each new connection, of which the number has not come back. */
function outbox(server: TcpConnectConfig) {
  const waiting = new Map<number, string>();
  const added$ = new Subject<[number, string]>();
  let last = 0;
  const send = (message: string): void => {
    if (waiting.size === 1_000) throw new Error('1 000 messages wait to be acknowledged');
    last += 1;
    waiting.set(last, message);
    added$.next([last, message]);
  };
  const acknowledged$ = defer(() => concat(waiting, added$)).pipe(
    map((numbered) => JSON.stringify(numbered)),
    encodeLines(),
    tcpConnect(server),
    lines({ unfinished: 'error' }),
    map(Number),
    tap((number) => waiting.delete(number)),
    concatWith(throwError(() => new Error('The server has ended the connection'))),
    retry({
      resetOnSuccess: true, // an acknowledgement starts the count anew
      delay: (_, attempt) => {
        console.log(`attempt ${attempt} to connect again`);
        return timer(Math.min(50 * 2 ** attempt, 30_000) * (0.5 + Math.random() / 2));
      },
    }),
  );
  return { send, acknowledged$ };
}

const stop$ = new Subject<void>();
let taken = 0;
// Takes each message once and acknowledges it each time. The first connection crashes, the second one ends at once.
const server$ = tcpServer({ port: 0, stop$ }, (chunks$, { id }) => {
  if (id === 2) return EMPTY;
  const numbers$ = chunks$.pipe(
    lines({ unfinished: 'error' }),
    map((line) => {
      const [number, message] = JSON.parse(String(line));
      if (number > taken) console.log(`taken: ${message}`);
      taken = Math.max(taken, number);
      if (id === 1 && number === 2) throw new Error('crashed before it could acknowledge');
      return String(number);
    }),
  );
  return numbers$.pipe(encodeLines());
});

server$.subscribe((event) => {
  if (event.type !== 'listening') return;
  const { send, acknowledged$ } = outbox(event.address);
  for (const message of ['one', 'two', 'three']) send(message);
  const complete = () => stop$.next();
  acknowledged$.pipe(takeWhile((number) => number < 3, true)).subscribe({ complete });
});
