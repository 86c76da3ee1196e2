/** Uses the package as its users do, in virtual time and over TCP, and returns what it saw. */
import { deepStrictEqual } from 'node:assert/strict';

export async function tour(rxjs, { TestScheduler }, rxjsTcp, { simulate }) {
  const { delay, filter, firstValueFrom, identity, lastValueFrom, map, of, reduce, Subject, switchMap, tap } = rxjs;
  const { echo, inOrder, memoryNetwork, tcpConnect, tcpServer, withBackpressure } = rxjsTcp;

  new TestScheduler(deepStrictEqual).run(({ expectObservable }) => {
    const transport = memoryNetwork();
    tcpServer({ port: 7, transport }, echo({ delayMs: 5_000, reply: 'raw' })).subscribe();
    const replies$ = of('hello').pipe(tcpConnect({ port: 7, transport }), map(String));
    expectObservable(replies$).toBe('5s (a|)', { a: 'hello' });
  });

  const { values } = simulate(1, ({ host }) => {
    host('db', (transport) => tcpServer({ port: 7, transport }, echo({ delayMs: 5_000, reply: 'raw' })));
    return of('hello').pipe(tcpConnect({ host: 'db', port: 7, transport: host('web') }), map(String));
  });

  /** Serves one connection of the client that `ask` makes, then shuts down. Returns the server's events and the reply. */
  async function served(handler, ask) {
    const stop$ = new Subject();
    const seen = [];
    const reply$ = tcpServer({ port: 0, stop$ }, handler).pipe(
      tap(({ type, reason }) => {
        seen.push(reason === undefined ? type : `${type}: ${reason}`);
        if (type === 'closed') stop$.next();
      }),
      filter(({ type }) => type === 'listening'),
      switchMap(({ address }) => ask(tcpConnect(address))),
    );
    const reply = await lastValueFrom(reply$);
    return [...seen, reply];
  }

  const bulk = Buffer.alloc(8 * 1_048_576, 'x');
  const count = reduce((bytes, chunk) => bytes + chunk.length, 0);
  const hello = (client) => of('hello').pipe(client, map(String));
  const shout = async (chunk) => String(chunk).toUpperCase();
  return {
    simulated: values,
    echoed: await served(identity, (client) => of(bulk).pipe(client, count)),
    inOrder: await served((chunks$, connection) => chunks$.pipe(inOrder(shout, connection)), hello),
    delayed: await served((chunks$, connection) => chunks$.pipe(withBackpressure(delay(10), connection)), hello),
    refused: await firstValueFrom(hello(tcpConnect(1))).catch(({ code }) => code),
  };
}
