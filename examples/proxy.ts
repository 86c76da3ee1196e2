import { combineLatest, concat, filter, finalize, map, merge, NEVER, of, switchMap, take } from 'rxjs';
import { type Handler, tcpConnect, tcpServer } from 'rxjs-tcp';

const portOf = (handler: Handler) =>
  tcpServer(0, handler).pipe(
    filter((event) => event.type === 'listening'),
    map(({ address }) => address.port),
  );
const upstream = (name: string) => portOf((chunks$) => chunks$.pipe(map((chunk) => `${name} got ${chunk}`)));

/** Each connection goes to the server that has the fewest. A client is a handler, and shares the connection's flow control. */
function balance(ports: readonly number[]): Handler {
  const servers = ports.map((port) => ({ connect: tcpConnect(port), connections: 0 }));
  return (chunks$, connection) => {
    const server = servers.reduce((least, other) => (other.connections < least.connections ? other : least));
    server.connections += 1;
    return server.connect(chunks$, connection).pipe(finalize(() => (server.connections -= 1)));
  };
}

const proxy$ = combineLatest([upstream('one'), upstream('two')]).pipe(switchMap((ports) => portOf(balance(ports))));
const hello$ = concat(of('hello'), NEVER);
const replies$ = proxy$.pipe(switchMap((port) => merge(hello$.pipe(tcpConnect(port)), hello$.pipe(tcpConnect(port)))));
// The second reply ends all: the subscription to a server's events keeps it open.
replies$.pipe(take(2)).subscribe((reply) => console.log(String(reply)));
