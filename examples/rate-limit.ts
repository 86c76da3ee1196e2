import { concat, ignoreElements, of, timer } from 'rxjs';
import { formatAddress, inOrder, lines, tcpServer } from 'rxjs-tcp';

const port = Number(process.argv[2] ?? 0);
const linesPerSecond = 10;

/** Behind each answer comes a rest, and then the next answer. */
const rest$ = timer(1_000 / linesPerSecond).pipe(ignoreElements());
const answer = (line: Buffer) => concat(of(`you said ${line}\n`), rest$);

// Lines that wait are held in the connection's window. When it is full the connection is not read, and TCP stops the client.
const server$ = tcpServer({ port }, (chunks$, connection) =>
  chunks$.pipe(lines({ maxBytes: 1_024 }), inOrder(answer, connection)),
);

server$.subscribe((event) => {
  if (event.type === 'listening') console.log(`listening on ${formatAddress(event.address)}`);
});
