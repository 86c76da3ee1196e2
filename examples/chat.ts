import { concat, endWith, finalize, ignoreElements, Subject, startWith, switchMap, takeUntil, tap } from 'rxjs';
import { type Connection, encodeLines, formatAddress, type Handler, lines, tcpServer } from 'rxjs-tcp';

const port = Number(process.argv[2] ?? 0);
const room$ = new Subject<string>();

/** The lines of the room, but for those that come while more than 64 KiB wait for a member that reads slowly. */
function heardBy({ writable$ }: Connection) {
  let missed = 0;
  const miss$ = room$.pipe(
    tap(() => (missed += 1)),
    ignoreElements(),
  );
  return writable$.pipe(
    switchMap((isWritable) => {
      if (!isWritable) return miss$;
      const notice = missed === 0 ? [] : [`* you missed ${missed} lines`];
      missed = 0;
      return concat(notice, room$);
    }),
  );
}

// What a member says goes to all members. To join: nc 127.0.0.1 PORT
const member: Handler = (chunks$, connection) => {
  const { id } = connection;
  const left$ = chunks$.pipe(
    lines({ maxBytes: 1_000 }),
    tap((line) => room$.next(`${id}: ${line}`)),
    ignoreElements(),
    endWith('left'),
  );
  room$.next(`* ${id} joined`);
  return heardBy(connection).pipe(
    startWith(`* you are ${id}`),
    takeUntil(left$),
    finalize(() => room$.next(`* ${id} left`)),
    encodeLines(),
  );
};

// A member that takes nothing of what it is sent for five seconds is cut.
tcpServer({ port, writeTimeoutMs: 5_000 }, member).subscribe((event) => {
  if (event.type === 'listening') console.log(`listening on ${formatAddress(event.address)}`);
  if (event.type === 'closed') console.log(`${event.connection.id} left: ${event.reason}`);
});
