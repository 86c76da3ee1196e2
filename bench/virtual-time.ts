/**
 * What clients cost in virtual time, by their number: 1 000 and 10 000 that wait five seconds each under a TestScheduler; and what
 * simulations cost in a new process, beside an empty program in the same minute.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { catchError, EMPTY, interval, map, mergeMap, of, range, take } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { echo, faulty, memoryNetwork, resetPeer, tcpConnect, tcpServer } from 'rxjs-tcp';
import { type Simulation, simulate } from 'rxjs-tcp/testing';
import { printRounds } from './run/rounds.js';

const rounds = 5;

/** How the clients come. */
const arrivals = {
  'at once': (count: number) => range(count),
  'a millisecond apart': (count: number) => interval(1).pipe(take(count)),
};

type Arrival = keyof typeof arrivals;

/** Checks that every client is answered. */
function play(arrival: Arrival, count: number): void {
  let answered = 0;
  new TestScheduler(() => {}).run(() => {
    const transport = memoryNetwork();
    tcpServer({ port: 7, transport }, echo()).subscribe();
    const client$ = of('hello').pipe(tcpConnect({ port: 7, transport }), map(String));
    // One subscription each: `mergeMap` takes each client out of an array of all, which costs with their square.
    arrivals[arrival](count).subscribe(() => {
      client$.subscribe((reply) => {
        if (reply.startsWith('Echo=>hello at ')) answered += 1;
      });
    });
  });
  if (answered !== count) throw new Error(`Expected ${count} replies, got ${answered}`);
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

/** In milliseconds. */
const timed = (work: () => void) => () => {
  const startedAt = performance.now();
  work();
  return performance.now() - startedAt;
};

const simulations: Record<string, () => void> = {
  '1 000 clients': () => simulate(1, echoClients(1_000)),
  '10 000 clients': () => simulate(1, echoClients(10_000)),
  '10 000 seeds of a request': () => {
    for (let seed = 0; seed < 10_000; seed += 1) simulate(seed, request);
  },
};

/** Processor time of all threads in ms: V8 compiles beside the program, where there is a core for it. */
function cpuOf(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

const cpuOfProcess =
  (...args: string[]) =>
  () =>
    Number(spawnSync(process.execPath, args, { encoding: 'utf8' }).stdout);

const emptyProgram = 'const { user, system } = process.cpuUsage(); console.log((user + system) / 1000)';

const simulation = simulations[process.argv[2] ?? ''];
if (simulation !== undefined) {
  process.stdout.write(String(cpuOf(simulation)));
} else {
  for (const arrival of Object.keys(arrivals) as Arrival[]) {
    await printRounds(rounds, `clients, ${arrival}, ms`, {
      '10 000': timed(() => play(arrival, 10_000)),
      '1 000': timed(() => play(arrival, 1_000)),
    });
  }
  for (const name of Object.keys(simulations)) {
    await printRounds(rounds, `a simulation of ${name}, in a new process, ms of processor time`, {
      played: cpuOfProcess(fileURLToPath(import.meta.url), name),
      'an empty program': cpuOfProcess('-e', emptyProgram),
    });
  }
}
