/** Prints a hash of the traces of 1 000 simulations in which everything happens that can. */
import { createHash } from 'node:crypto';
import { concatMap, map, of, range, retry, tap, timer } from 'rxjs';
import { corrupt, echo, faulty, inOrder, latency, resetPeer, slicer, tcpConnect, tcpServer } from 'rxjs-tcp';
import { simulate } from 'rxjs-tcp/testing';

const faults = [
  latency({ ms: 3, jitterMs: 3 }),
  slicer({ bytes: 2, variation: 1, delayMs: 1 }),
  corrupt({ probability: 0.1 }),
  resetPeer({ afterMs: 400, toxicity: 0.3 }),
];

function program({ network, host, random, log }) {
  const answer = inOrder((chunk) => of(chunk).pipe(echo({ delayMs: Math.floor(100 * random()), reply: 'raw' })));
  host('db', (transport) => tcpServer({ port: 7, transport }, answer));
  const transport = faulty(host('web'), faults);
  network.link('web', 'db', { latencyMs: 20, jitterMs: 15 });
  const happen = [
    [() => network.crash('db'), () => network.restart('db')],
    [() => network.partition('web', 'db'), () => network.repair('web', 'db')],
    [() => network.hold('web', 'db'), () => network.release('web', 'db')],
  ];
  for (const [begin, end] of happen) {
    const at = Math.floor(2_000 * random());
    timer(at).subscribe(begin);
    timer(at + Math.floor(500 * Math.random())).subscribe(end);
  }
  const client$ = of('hello').pipe(tcpConnect({ host: 'db', port: 7, transport, connectTimeoutMs: 500 }), map(String));
  const tell = tap({ error: ({ code }) => log(code) });
  const again = retry({ count: 20, delay: () => timer(50 * Math.random()) });
  return range(5).pipe(concatMap(() => client$.pipe(tell, again)));
}

const hash = createHash('sha256');
for (let seed = 0; seed < 1_000; seed += 1) {
  const { values, trace, durationMs } = simulate(seed, program, { maxTraceLines: Number.POSITIVE_INFINITY });
  hash.update(`${values.map((value) => value.length)} ${durationMs}\n${trace.join('\n')}\n`);
}
console.log(hash.digest('hex'));
