/** What clients cost in virtual time, by their number: 1 000 and 10 000 that wait five seconds each under a TestScheduler. */
import { interval, map, mergeMap, of, range, take } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { echo, memoryNetwork, tcpConnect, tcpServer } from 'rxjs-tcp';
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
