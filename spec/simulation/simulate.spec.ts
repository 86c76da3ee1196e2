/** Programs of servers and clients under `simulate`: what it returns, what it throws, and what it leaves behind. */
import {
  asapScheduler,
  asyncScheduler,
  concat,
  concatMap,
  config,
  defer,
  delay,
  finalize,
  map,
  mergeMap,
  NEVER,
  type Observable,
  of,
  ReplaySubject,
  range,
  retry,
  take,
  takeUntil,
  tap,
  throwError,
  timer,
} from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { describe, expect, it } from 'vitest';
import { closeBeforeReply, echo, faulty, type Handler, tcpConnect, tcpServer } from '../../lib/index.js';
import {
  HeapTestScheduler,
  type Simulation,
  type SimulationConfig,
  SimulationError,
  simulate,
} from '../../lib/testing.js';

const port = 5_432;

const serve = ({ host }: Simulation, handler: Handler = (chunks$) => chunks$) =>
  host('db', (transport) => tcpServer({ port, transport }, handler));

/** Sends a word from the host `web` to the host `db`, and emits what comes back. */
const ask = ({ host }: Simulation, word = 'hello'): Observable<string> =>
  defer(() => of(word).pipe(tcpConnect({ host: 'db', port, transport: host('web') }), map(String)));

/** What it throws. */
function failure(
  program: (simulation: Simulation) => Observable<unknown>,
  options?: SimulationConfig,
): SimulationError {
  try {
    simulate(7, program, options);
  } catch (error) {
    expect(error).toBeInstanceOf(SimulationError);
    return error as SimulationError;
  }
  throw new Error('The simulation has not failed');
}

/** Asks over a link with jitter; what is random comes from everywhere. */
const random = (simulation: Simulation) => {
  serve(simulation);
  const transport = faulty(simulation.host('web'), [closeBeforeReply({ toxicity: 0.5 })]);
  simulation.network.link('web', 'db', { latencyMs: 20, jitterMs: 20 });
  const ask$ = of('hello').pipe(tcpConnect({ host: 'db', port, transport }), map(String));
  const random$ = defer(() => of(`${simulation.random()} ${Math.random()}`));
  return range(3).pipe(concatMap(() => concat(random$, ask$.pipe(retry({ count: 20, delay: () => timer(5) })))));
};

describe('a simulation', () => {
  it('returns what its program emits, how much virtual time it took, and the seed', () => {
    const { values, durationMs, seed } = simulate(
      42,
      (simulation) => {
        serve(simulation, echo({ delayMs: 3_600_000, reply: 'raw' }));
        return ask(simulation).pipe(delay(500));
      },
      { maxMs: Number.POSITIVE_INFINITY },
    );
    expect({ values, durationMs, seed }).toEqual({ values: ['hello'], durationMs: 3_600_500, seed: 42 });
  });

  it('has a trace of what its hosts send and receive, of what is done to them, and of what it logs', () => {
    const { trace } = simulate(1, (simulation) => {
      serve(simulation, echo({ delayMs: 1_000, reply: 'raw' }));
      simulation.host('web');
      simulation.network.link('web', 'db', { latencyMs: 5 });
      simulation.log('asks');
      return ask(simulation);
    });
    expect(trace).toEqual([
      '0 ms link web db',
      '0 ms asks',
      '0 ms web:49152 > db:5432 SYN',
      '5 ms db:5432 < web:49152 SYN',
      '5 ms db:5432 > web:49152 SYN-ACK',
      '10 ms web:49152 < db:5432 SYN-ACK',
      '10 ms web:49152 > db:5432 ACK',
      '10 ms web:49152 > db:5432 5 bytes',
      '10 ms web:49152 > db:5432 FIN',
      '15 ms db:5432 < web:49152 ACK',
      '15 ms db:5432 < web:49152 5 bytes',
      '15 ms db:5432 < web:49152 FIN',
      '1015 ms db:5432 > web:49152 5 bytes',
      '1015 ms db:5432 > web:49152 FIN',
      '1020 ms web:49152 < db:5432 5 bytes',
      '1020 ms web:49152 < db:5432 FIN',
    ]);
  });

  it.each([
    [2, ['1 ms 1', '2 ms 2']],
    [0, []],
    [Number.POSITIVE_INFINITY, ['0 ms 0', '1 ms 1', '2 ms 2']],
  ])('with a maxTraceLines of %s keeps as many lines, the last ones', (maxTraceLines, lines) => {
    const count = ({ log }: Simulation) =>
      timer(0, 1).pipe(
        take(3),
        map((number) => log(String(number))),
      );
    expect(simulate(1, count, { maxTraceLines }).trace).toEqual(lines);
  });

  it('takes everything random from the seed: jitter, faults, its own numbers and those of Math.random', () => {
    const play = (seed: number) => simulate(seed, random, { maxTraceLines: Number.POSITIVE_INFINITY });
    const seeds = Array.from({ length: 20 }, (_, seed) => seed);
    const first = seeds.map(play);
    expect(seeds.map(play)).toEqual(first);
    expect(new Set(first.map(({ trace }) => trace.join())).size).toBe(20);
    expect(new Set(first.map(({ values }) => values[0])).size).toBe(20);
  });

  it('does not depend on the simulations before', () => {
    const [alone] = [simulate(1, random)];
    failure(() => {
      asapScheduler.schedule(() => {});
      throw new Error('the first one fails');
    });
    simulate(2, random);
    expect(simulate(1, random)).toEqual(alone);
  });

  it('ends a program at a crash of its host, and begins it anew at a restart', () => {
    const { values, trace } = simulate(
      1,
      (simulation) => {
        const { host, network } = simulation;
        let starts = 0;
        host('db', (transport) => {
          starts += 1;
          const start = String(starts);
          const server$ = tcpServer({ port, transport }, (chunks$) => chunks$.pipe(map(() => start)));
          return server$.pipe(finalize(() => simulation.log(`end of ${start}`)));
        });
        host('db', () => timer(0, 40).pipe(tap((tick) => simulation.log(`tick ${tick}`))));
        timer(100).subscribe(() => network.crash('db'));
        timer(150).subscribe(() => network.restart('db'));
        return timer(0, 120).pipe(
          take(3),
          mergeMap(() => ask(simulation)),
        );
      },
      { maxTraceLines: Number.POSITIVE_INFINITY },
    );
    expect(values).toEqual(['1', '2', '2']);
    const marks = trace.filter((line) => !/[<>]/.test(line));
    expect(marks).toEqual([
      ...['0 ms tick 0', '40 ms tick 1', '80 ms tick 2', '100 ms crash db', '100 ms end of 1'],
      ...['150 ms restart db', '150 ms tick 0', '190 ms tick 1', '230 ms tick 2'],
    ]);
  });

  it('begins a program that is put on a host that is down at its restart, and no sooner', () => {
    const { values } = simulate(1, ({ host, network }) => {
      const starts$ = new ReplaySubject<number>();
      host('db');
      network.crash('db');
      host('db', () => defer(() => of(starts$.next(asyncScheduler.now()))));
      timer(100).subscribe(() => network.restart('db'));
      return starts$.pipe(takeUntil(timer(200)));
    });
    expect(values).toEqual([100]);
  });

  it('has in its trace the error of a handler, of which only an event of its server tells', () => {
    const { trace } = failure((simulation) => {
      serve(simulation, () => throwError(() => new Error('no such table')));
      return ask(simulation);
    });
    expect(trace).toContain('0 ms db closed: The handler failed: no such table');
  });

  it('executes nothing that would be due after its end', () => {
    const late: string[] = [];
    simulate(1, () => {
      timer(5).subscribe(() => late.push('at the end'));
      timer(6).subscribe(() => late.push('after the end'));
      return timer(5);
    });
    expect(late).toEqual(['at the end']);
  });

  it('closes what it has opened, on all hosts, when it ends', () => {
    const closed: string[] = [];
    simulate(1, (simulation) => {
      const handler = (name: string) => () => NEVER.pipe(finalize(() => closed.push(name)));
      serve(simulation, handler('of a program on a host'));
      const transport = simulation.network.host('cache'); // the same as simulation.host
      tcpServer({ port, transport }, handler('of a server beside')).subscribe({ error: () => {} });
      for (const host of ['db', 'cache'])
        NEVER.pipe(tcpConnect({ host, port, transport: simulation.host('web') })).subscribe({ error: () => {} });
      return timer(1_000);
    });
    expect(closed).toEqual(['of a program on a host', 'of a server beside']);
  });

  it('ends although a server begins anew at once when it fails', () => {
    let begun = 0;
    simulate(1, ({ host }) => {
      const server$ = defer(() => {
        begun += 1;
        return tcpServer({ port, transport: host('db') }, () => NEVER);
      });
      server$.pipe(retry()).subscribe();
      return timer(1_000);
    });
    expect(begun).toBe(2);
  });
});

describe('the error of a simulation', () => {
  const boom = new Error('boom');
  const programs: [what: string, program: (simulation: Simulation) => Observable<unknown>, message: string][] = [
    [
      'that throws',
      () => {
        throw boom;
      },
      'The simulation failed after 0 ms: boom',
    ],
    [
      'that errors',
      () => timer(5).pipe(mergeMap(() => throwError(() => boom))),
      'The simulation failed after 5 ms: boom',
    ],
    [
      'with a subscriber that throws at the instant at which it completes',
      () => {
        timer(5).subscribe(() => {
          throw boom;
        });
        return timer(5);
      },
      'The simulation failed after 5 ms: boom',
    ],
    [
      'with an error that no subscriber handles',
      () => {
        timer(5)
          .pipe(mergeMap(() => throwError(() => boom)))
          .subscribe();
        return timer(1_000);
      },
      'The simulation failed after 5 ms: boom',
    ],
    [
      'with a host on which a program errors',
      ({ host }) => {
        host('db', () => timer(5).pipe(mergeMap(() => throwError(() => boom))));
        return timer(1_000);
      },
      'The program of the host db failed after 5 ms: boom',
    ],
    [
      'with a teardown that throws',
      ({ host }) => {
        host('db', () =>
          NEVER.pipe(
            finalize(() => {
              throw boom;
            }),
          ),
        );
        return timer(5);
      },
      'Closing what the simulation had opened failed after 5 ms',
    ],
  ];
  it.each(programs)('of a program %s has the cause, and says when it was', (_, program, message) => {
    const { cause, message: actual } = failure(program);
    expect(actual).toContain(message);
    expect((cause as { errors?: unknown[] }).errors?.[0] ?? cause).toBe(boom);
  });

  it('is thrown for an error that no subscriber handles whatever config.onUnhandledError does outside', () => {
    config.onUnhandledError = () => {};
    try {
      const { cause } = failure(() => {
        throwError(() => boom).subscribe();
        return timer(5);
      });
      expect(cause).toBe(boom);
    } finally {
      config.onUnhandledError = null;
    }
  });

  it('of a program with nothing left to happen says so, and where programs are running', () => {
    const { message } = failure((simulation) => {
      serve(simulation, () => NEVER);
      simulation.host('cache', () => timer(50));
      return concat(ask(simulation), NEVER);
    });
    expect(message).toContain(
      'Nothing is left to happen after 5000 ms, and the simulation has not completed. Programs are running on db;',
    );
  });

  it('of a program that takes longer than maxMs says so', () => {
    expect(simulate(1, () => timer(1_000), { maxMs: 1_000 }).durationMs).toBe(1_000);
    const { message } = failure(() => timer(1_001), { maxMs: 1_000 });
    expect(message).toContain('The simulation has not completed within `maxMs`, 1000 ms');
  });

  it('of a program that goes round in one instant says so', () => {
    const { message } = failure(() => {
      asyncScheduler.schedule(function () {
        this.schedule(undefined, 0);
      }, 10);
      return NEVER;
    });
    expect(message).toContain('The simulation does not get beyond 10 ms');
  });

  it('has the last 50 lines of the trace in its message, of which there may be more', () => {
    const { message, trace } = failure(
      ({ log }) => {
        for (let line = 1; line <= 70; line += 1) log(`line ${line}`);
        return throwError(() => boom);
      },
      { maxTraceLines: 60 },
    );
    expect([trace.length, trace[0], trace.at(-1)]).toEqual([60, '0 ms line 11', '0 ms line 70']);
    const lines = message.split('\n').slice(2);
    expect([lines.length, lines[0], lines.at(-1)]).toEqual([50, '  0 ms line 21', '  0 ms line 70']);
  });

  it('says where its trace has no line', () => {
    const { message } = failure(() => throwError(() => boom));
    expect(message.split('\n').slice(1)).toEqual(['Play it again with seed 7. The end of its trace:', '  (no line)']);
  });

  it('has the seed and the last lines of the trace, as fields and in its message, with the instants aligned', () => {
    const error = failure(({ log }) =>
      timer(0, 5).pipe(
        take(3),
        map((number) => {
          log(`line ${number}`);
          if (number === 2) throw boom;
        }),
      ),
    );
    const { seed, trace, message } = error;
    expect({ seed, trace }).toEqual({ seed: 7, trace: ['0 ms line 0', '5 ms line 1', '10 ms line 2'] });
    expect(String(error)).toBe(`SimulationError: ${message}`);
    expect(message.split('\n')).toEqual([
      'The simulation failed after 10 ms: boom',
      'Play it again with seed 7. The end of its trace:',
      '   0 ms line 0',
      '   5 ms line 1',
      '  10 ms line 2',
    ]);
  });
});

describe('after a simulation that fails', () => {
  const fail = () =>
    failure(() => {
      asapScheduler.schedule(() => {});
      asyncScheduler.schedule(() => {});
      throw new Error('boom');
    });

  it("RxJS's schedulers follow the system again, and execute what is scheduled next", async () => {
    fail();
    expect(Math.abs(asyncScheduler.now() - Date.now())).toBeLessThan(1_000);
    for (const scheduler of [asapScheduler, asyncScheduler])
      await new Promise<void>((resolve) => scheduler.schedule(() => resolve()));
  });

  it('Math.random and the handler of unhandled errors are those of before', () => {
    const before = Math.random;
    const onUnhandledError = () => {};
    config.onUnhandledError = onUnhandledError;
    try {
      fail();
      expect(config.onUnhandledError).toBe(onUnhandledError);
      expect(Math.random).toBe(before);
    } finally {
      config.onUnhandledError = null;
    }
  });
});

describe('simulate', () => {
  it("runs in an action of RxJS's default scheduler", async () => {
    const values = await new Promise((resolve) => {
      asyncScheduler.schedule(() => resolve(simulate(1, () => of('x').pipe(delay(1_000))).values));
    });
    expect(values).toEqual(['x']);
  });

  it.each([
    ['a simulation', (work: () => void) => simulate(1, () => defer(() => of(work())))],
    ['TestScheduler.run', (work: () => void) => new TestScheduler(() => {}).run(work)],
    ['HeapTestScheduler.run', (work: () => void) => new HeapTestScheduler(() => {}).run(work)],
  ])('throws where it is called in %s', (_, inVirtualTime) => {
    expect(() => inVirtualTime(() => simulate(1, () => of(1)))).toThrow('`simulate` was called in virtual time');
  });

  it.each([
    ['a negative seed', () => simulate(-1, () => of(1)), RangeError, 'Expected `seed` to be an integer from 0'],
    ['no program', () => simulate(1, 1 as never), TypeError, 'Expected `program` to be a function'],
    ['no time', () => simulate(1, () => of(1), { maxMs: 0 }), RangeError, 'Expected `maxMs`'],
    [
      'an unknown option',
      () => simulate(1, () => of(1), { maxLines: 1 } as never),
      TypeError,
      'Unknown option `maxLines`',
    ],
    [
      'a promise',
      () => simulate(1, (async () => {}) as never),
      SimulationError,
      'Expected `program` to return an Observable',
    ],
    [
      'no program of a host',
      () => simulate(1, ({ host }) => of(host('db', 1 as never))),
      SimulationError,
      'Expected `program`',
    ],
  ])('refuses %s', (_, call, kind, message) => {
    expect(call).toThrow(kind);
    expect(call).toThrow(message);
  });
});
