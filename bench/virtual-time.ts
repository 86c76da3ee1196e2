/**
 * What clients cost in virtual time, by their number: 1 000 and 10 000 that wait five seconds each under a TestScheduler; and what
 * simulations cost, beside an empty program in the same minute.
 */
import { spawnSync } from 'node:child_process';
import { catchError, EMPTY, interval, map, mergeMap, of, range, take } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { echo, faulty, memoryNetwork, resetPeer, tcpConnect, tcpServer } from 'rxjs-tcp';
import { type Simulation, simulate } from 'rxjs-tcp/testing';
import { median } from './run/summary.js';

/** How the clients come. */
const arrivals = {
  'at once': (count: number) => range(count),
  'a millisecond apart': (count: number) => interval(1).pipe(take(count)),
};

type Arrival = keyof typeof arrivals;

/** Plays it once, checks that every client is answered, and returns how many milliseconds that took. */
function play(arrival: Arrival, count: number): number {
  const startedAt = performance.now();
  let answered = 0;
  new TestScheduler(() => {}).run(() => {
    const transport = memoryNetwork();
    tcpServer({ port: 7, transport }, echo()).subscribe();
    const client$ = of('hello').pipe(tcpConnect({ port: 7, transport }), map(String));
    const replies$ = arrivals[arrival](count).pipe(mergeMap(() => client$));
    replies$.subscribe((reply) => {
      if (reply.startsWith('Echo=>hello at ')) answered += 1;
    });
  });
  if (answered !== count) throw new Error(`Expected ${count} replies, got ${answered}`);
  return performance.now() - startedAt;
}

const rounds = [1, 2, 3, 4, 5];

process.stdout.write(`node ${process.versions.node}, medians of ${rounds.length} rounds in turn\n`);
for (const arrival of Object.keys(arrivals) as Arrival[]) {
  play(arrival, 1_000); // compiles the code
  const times = rounds.map(() => [play(arrival, 1_000), play(arrival, 10_000)] as const);
  const [few, many] = [median(times.map(([time]) => time)), median(times.map(([, time]) => time))];
  const ratio = median(times.map(([one, other]) => other / one));
  process.stdout.write(
    `${arrival}: 1 000 clients ${few.toFixed(0)} ms, 10 000 clients ${many.toFixed(0)} ms, ratio ${ratio.toFixed(1)}\n`,
  );
}

const link = { latencyMs: 20, jitterMs: 10 };

/** Clients of an echo that waits five seconds, of which resets end a tenth before. */
const echoClients =
  (count: number) =>
  ({ host, network }: Simulation) => {
    host('server', (transport) => tcpServer({ port: 7, transport }, echo()));
    const transport = faulty(host('clients'), [resetPeer({ afterMs: 3_000, toxicity: 0.1 })]);
    network.link('clients', 'server', link);
    const reply$ = of('hello').pipe(tcpConnect({ host: 'server', port: 7, transport }));
    return range(count).pipe(mergeMap(() => reply$.pipe(catchError(() => EMPTY))));
  };

function request({ host, network }: Simulation) {
  host('server', (transport) => tcpServer({ port: 7, transport }, map(String)));
  const transport = host('client');
  network.link('client', 'server', link);
  return of('hello').pipe(tcpConnect({ host: 'server', port: 7, transport }));
}

/** Returns the milliseconds that it took. */
function timed(work: () => void): number {
  const startedAt = performance.now();
  work();
  return performance.now() - startedAt;
}

const simulations: Record<string, () => void> = {
  '1 000 clients': () => simulate(1, echoClients(1_000)),
  '10 000 clients': () => simulate(1, echoClients(10_000)),
  '10 000 seeds of a request': () => {
    for (let seed = 0; seed < 10_000; seed += 1) simulate(seed, request);
  },
};

for (const [name, work] of Object.entries(simulations)) {
  const times = rounds.map(() => [timed(work), timed(() => spawnSync(process.execPath, ['-e', '0']))] as const);
  const [first, ...ratios] = times.map(([time, empty]) => time / empty);
  const ms = median(times.map(([time]) => time));
  process.stdout.write(
    `simulate, ${name}: ${ms.toFixed(0)} ms, ${median(ratios).toFixed(1)} times an empty program (the first time ${first?.toFixed(1)})\n`,
  );
}
