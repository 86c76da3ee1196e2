import { map, of, timer } from 'rxjs';
import { inOrder, tcpConnect, tcpServer } from 'rxjs-tcp';

// A handler is an operator from chunks to replies; a server is an Observable of events.
const shout$ = tcpServer({ port: 0, stop$: timer(500) }, (chunks$, connection) =>
  chunks$.pipe(inOrder(async (chunk) => String(chunk).toUpperCase(), connection)),
);

shout$.subscribe((event) => {
  console.log(event.type);
  if (event.type !== 'listening') return;
  // A client is an operator from the bytes to send to the bytes received.
  const replies$ = of('hello').pipe(tcpConnect(event.address), map(String));
  replies$.subscribe((reply) => console.log(reply));
});
