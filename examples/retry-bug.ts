import { concatMap, defer, map, of, range, retry, tap, throwIfEmpty, timeout } from 'rxjs';
import { encodeLines, faulty, lines, resetPeer, type TcpConnectConfig, tcpConnect, tcpServer } from 'rxjs-tcp';
import { type Simulation, SimulationError, simulate } from 'rxjs-tcp/testing';

const newId = () => Math.random().toString(36).slice(2);
const again = { count: 5, delay: 500 };

/** Sends a request with its number, by which the server knows one that comes again, and emits the answer. */
const ask = (id: string, server: TcpConnectConfig) =>
  of(id).pipe(encodeLines(), tcpConnect(server), lines(), map(Number), timeout({ first: 2_000 }), throwIfEmpty());

/** A client library that asks again where no answer comes. It numbers its attempts, and not its requests. */
export const increment = (server: TcpConnectConfig) => defer(() => ask(newId(), server)).pipe(retry(again));

/** The same without the bug: all attempts of a request have one number. */
export const incrementOnce = (server: TcpConnectConfig) =>
  defer(() => of(newId())).pipe(concatMap((id) => ask(id, server).pipe(retry(again))));

/** Counts to three by a server that counts each number once. The first connection is reset at some time. */
function count(by: typeof increment, { host, network, random }: Simulation) {
  const seen = new Set<string>();
  const sumWith = (id: Buffer) => String(seen.add(String(id)).size);
  host('server', (transport) =>
    tcpServer({ port: 7, transport }, (chunks$) => chunks$.pipe(lines(), map(sumWith), encodeLines())),
  );
  const transport = faulty(host('client'), [resetPeer({ afterMs: Math.floor(100 * random()), first: 1 })]);
  network.link('client', 'server', { latencyMs: 20, jitterMs: 10 });
  return range(1, 3).pipe(
    concatMap((number) => by({ host: 'server', port: 7, transport }).pipe(map((sum) => ({ sum, number })))),
    tap(({ sum, number }) => {
      if (sum !== number) throw new Error(`the sum is ${sum} and not ${number}`);
    }),
  );
}

for (const by of [increment, incrementOnce]) {
  const failures: unknown[] = [];
  for (let seed = 1; seed <= 100; seed += 1) {
    try {
      simulate(seed, (simulation) => count(by, simulation), { maxTraceLines: 22 });
    } catch (error) {
      failures.push(error);
    }
  }
  console.log(`${failures.length} of 100 seeds fail`);
  if (failures[0] instanceof SimulationError) console.log(failures[0].message);
}
