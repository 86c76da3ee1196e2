import { combineLatest, concat, filter, finalize, map, merge, NEVER, of, switchMap, take } from 'rxjs';
import { formatAddress, type Handler, type TcpServerConfig, tcpConnect, tcpServer } from 'rxjs-tcp';

const portOf = (config: TcpServerConfig, handler: Handler) =>
  tcpServer(config, handler).pipe(
    filter((event) => event.type === 'listening'),
    map(({ address }) => address.port),
  );

/** Serves the proxy alone, and is told of each connection where it comes from. */
const upstream = (name: string) =>
  portOf({ port: 0, proxyProtocol: { from: ['127.0.0.1'] } }, (chunks$, { remote, proxy }) => {
    const route = `from ${formatAddress(remote)} via ${proxy && formatAddress(proxy)}`;
    return chunks$.pipe(map((chunk) => `${name} got ${chunk} ${route}`));
  });

/**
 * Each connection goes to the server that has the fewest. A client is a handler, and shares the connection's flow control; a
 * PROXY protocol header tells the server where the connection comes from.
 */
function balance(ports: readonly number[]): Handler {
  const servers = ports.map((port) => ({ connect: tcpConnect({ port, proxyProtocol: 2 }), connections: 0 }));
  return (chunks$, connection) => {
    const server = servers.reduce((least, other) => (other.connections < least.connections ? other : least));
    server.connections += 1;
    return server.connect(chunks$, connection).pipe(finalize(() => (server.connections -= 1)));
  };
}

const proxy$ = combineLatest([upstream('one'), upstream('two')]).pipe(
  switchMap((ports) => portOf({ port: 0 }, balance(ports))),
);
const hello$ = concat(of('hello'), NEVER);
const replies$ = proxy$.pipe(switchMap((port) => merge(hello$.pipe(tcpConnect(port)), hello$.pipe(tcpConnect(port)))));
// The second reply ends all: the subscription to a server's events keeps it open.
replies$.pipe(take(2)).subscribe((reply) => console.log(String(reply)));
