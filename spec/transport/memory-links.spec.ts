/** Links between the hosts of a memory network: what is held is kept in order, and each link has a latency of its own. */
import { NEVER, of, Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { echo, type LinkConfig, memoryNetwork, tcpConnect, tcpServer } from '../../lib/index.js';
import { byHand } from '../properties/stage.js';
import { notingDelays } from '../support/noted-delays.js';
import { onTwoHosts } from '../support/two-hosts.js';

describe('a link that is held', () => {
  it('keeps bytes, ends and resets of all connections, and brings them in their order once it is released', () => {
    const trace = onTwoHosts({ handler: (chunks$) => chunks$, network: { latencyMs: 10 } }, (hosts) => {
      const [one$, other$] = [new Subject<string>(), new Subject<string>()];
      const one = hosts.client(one$);
      hosts.client(other$);
      hosts.at(100);
      one$.next('a');
      other$.next('four');
      one$.next('!');
      hosts.at(105).hold();
      other$.next('bc');
      one$.next('def');
      other$.complete();
      one.unsubscribe();
      hosts.at(1_000);
      expect(hosts.log.slice(5)).toEqual([]);
      hosts.release();
      hosts.at(2_000);
      expect(hosts.log.slice(5)).toEqual([
        '1010 server closed: reset ERR_CONNECTION_RESET',
        '1010 server closed: ended',
        '1020 client received four',
        '1020 client received bc',
        '1020 client completed',
      ]);
      return hosts.trace.filter((line) => / (db:7 <|hold|release)/.test(line)).slice(4, 13);
    });
    expect(trace).toEqual([
      '105 hold web db',
      '1000 release web db',
      '1010 db:7 < web:49152 1 bytes',
      '1010 db:7 < web:49153 4 bytes',
      '1010 db:7 < web:49152 1 bytes',
      '1010 db:7 < web:49153 2 bytes',
      '1010 db:7 < web:49152 3 bytes',
      '1010 db:7 < web:49153 FIN',
      '1010 db:7 < web:49152 RST',
    ]);
  });

  it('keeps the reset of an end that gives up, too', () => {
    const log = onTwoHosts({ server: { keepAliveMs: 20_000 } }, (hosts) => {
      hosts.client();
      hosts.at(1_000).hold();
      hosts.at(40_000).release();
      hosts.clock.settle();
      return hosts.log.slice(3);
    });
    expect(log).toEqual([
      '30000 server closed: reset ERR_CONNECTION_TIMED_OUT',
      '40000 client failed: ERR_CONNECTION_RESET',
    ]);
  });

  it.each(['hold', 'partition'] as const)('by %s stops a segment once, however often it is asked for', (stop) => {
    onTwoHosts({}, (hosts) => {
      const source$ = new Subject<string>();
      hosts.client(source$);
      hosts.at(1_000)[stop]();
      source$.next('a');
      hosts[stop]();
      const stopped = hosts.lines(' 1 bytes ');
      expect(stopped).toEqual([`1000 web:49152 > db:7 1 bytes ${stop === 'hold' ? 'held' : 'lost'}`]);
    });
  });

  it('makes connecting wait', () => {
    const log = onTwoHosts({}, (hosts) => {
      hosts.hold();
      hosts.client();
      hosts.at(5_000).release();
      hosts.clock.settle();
      return hosts.log;
    });
    expect(log.slice(1)).toEqual(['5000 client connected', '5000 server opened']);
  });

  it('and is cut meanwhile loses what it has kept: bytes are repeated, a reset is not', () => {
    const log = onTwoHosts({ handler: (chunks$) => chunks$, server: { keepAliveMs: 300_000 } }, (hosts) => {
      const one$ = new Subject<string>();
      hosts.client(one$);
      const other = hosts.client();
      hosts.at(1_000).hold();
      one$.next('a');
      other.unsubscribe();
      hosts.partition();
      hosts.release();
      hosts.at(5_000);
      expect(hosts.log.slice(5)).toEqual([]);
      hosts.repair();
      hosts.at(6_000);
      return hosts.log.slice(5);
    });
    expect(log).toEqual(['5000 client received a']);
  });

  it('goes on to keep it where a partition ends before', () => {
    const log = onTwoHosts({ handler: (chunks$) => chunks$ }, (hosts) => {
      const source$ = new Subject<string>();
      hosts.client(source$);
      hosts.at(1_000).partition();
      source$.next('a');
      hosts.hold();
      hosts.repair();
      hosts.at(5_000).release();
      hosts.clock.settle();
      return hosts.log.slice(3);
    });
    expect(log).toEqual(['5000 client received a']);
  });
});

describe('the latency of a link', () => {
  /** After how many milliseconds a client on each host has its reply. A connection takes two latencies, the reply two more. */
  function answeredAfter(configs: Record<string, LinkConfig | undefined>): Record<string, number> {
    const instants: Record<string, number> = {};
    byHand((clock) => {
      const network = memoryNetwork({ latencyMs: 5 });
      tcpServer({ port: 7, transport: network.host('db') }, echo({ delayMs: 0 })).subscribe();
      for (const [name, config] of Object.entries(configs)) {
        const transport = network.host(name);
        if (config) network.link(name, 'db', config);
        const reply$ = of('x').pipe(tcpConnect({ host: 'db', port: 7, transport }));
        reply$.subscribe(() => {
          instants[name] = clock.now;
        });
      }
      clock.advance(10_000);
    });
    return instants;
  }

  it('is that of the network, or its own in both directions, and none from a host to itself', () => {
    const expected = { near: 20, far: 400, next: 0, db: 0 };
    const configs = { near: undefined, far: { latencyMs: 100 }, next: { latencyMs: 0 }, db: undefined };
    expect(answeredAfter(configs)).toEqual(expected);
  });

  it('is one action of the scheduler for all that is sent at one instant, on whichever links', () => {
    const delays: (number | undefined)[] = [];
    byHand((clock) => {
      const network = memoryNetwork({ latencyMs: 5, scheduler: notingDelays(delays) });
      const sources = ['a', 'b', 'c'].map((name) => {
        network.host(name);
        const source$ = new Subject<string>();
        tcpServer({ port: 7, transport: network.host(`${name}-db`) }, () => NEVER).subscribe();
        source$.pipe(tcpConnect({ host: `${name}-db`, port: 7, transport: network.host(name) })).subscribe();
        return source$;
      });
      clock.advance(1_000);
      delays.length = 0;
      for (const source$ of [...sources, ...sources]) source$.next('x');
      expect(delays).toEqual([5]);
    });
  });

  it('may become less: what is sent then does not overtake what is ahead of it', () => {
    const log = onTwoHosts({ handler: (chunks$) => chunks$, network: { latencyMs: 10 } }, (hosts) => {
      const source$ = new Subject<string>();
      hosts.client(source$);
      hosts.at(100).network.link('web', 'db', { latencyMs: 1_000 });
      source$.next('a');
      hosts.at(200).network.link('web', 'db', { latencyMs: 1 });
      source$.next('b');
      hosts.at(2_000);
      source$.next('c');
      hosts.at(3_000);
      return hosts.log.slice(3);
    });
    expect(log).toEqual(['1101 client received a', '1101 client received b', '2002 client received c']);
  });

  it('may become less during a partition: what is repeated does not wait for what was lost', () => {
    const log = onTwoHosts({ handler: (chunks$) => chunks$, network: { latencyMs: 10 } }, (hosts) => {
      const source$ = new Subject<string>();
      hosts.client(source$);
      hosts.at(100).network.link('web', 'db', { latencyMs: 1_000 });
      source$.next('a');
      hosts.at(200).partition();
      hosts.network.link('web', 'db', { latencyMs: 1 });
      hosts.at(300).repair();
      hosts.at(2_000);
      return hosts.log.slice(3);
    });
    expect(log).toEqual(['302 client received a']);
  });

  interface Jitter {
    readonly seed?: number;
    readonly jitterMs?: number;
    readonly others?: readonly string[];
    /** How many bytes are sent before the link has jitter. */
    readonly before?: number;
  }

  /** When each of a hundred bytes arrives, which are sent a millisecond apart. */
  function arrivals({ seed, jitterMs = 20, others = [], before = 0 }: Jitter): string[] {
    return onTwoHosts({ network: { seed } }, (hosts) => {
      for (const name of others) {
        hosts.network.host(name);
        hosts.network.link(name, 'db', { jitterMs: 1 });
      }
      const source$ = new Subject<string>();
      hosts.client(source$);
      hosts.clock.settle();
      for (let sent = 0; sent < before; sent++) source$.next('xx');
      hosts.clock.settle();
      hosts.network.link('web', 'db', { latencyMs: 50, jitterMs });
      for (let sent = 0; sent < 100; sent++) {
        hosts.at(1_000 + sent);
        source$.next('x');
      }
      hosts.at(3_000);
      return hosts.lines('db:7 < web:49152 1 bytes').map((line) => line.split(' ')[0] as string);
    });
  }

  it('varies by its jitter, and order is kept', () => {
    const instants = arrivals({}).map(Number);
    expect(instants.length).toBe(100);
    expect(instants).toEqual([...instants].sort((one, other) => one - other));
    const delays = instants.map((instant, sent) => instant - 1_000 - sent);
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(30);
    expect(Math.max(...delays)).toBeLessThanOrEqual(70);
    expect(new Set(delays).size).toBeGreaterThan(10);
  });

  it('is the same by the same seed, whatever other hosts there are and whatever was sent without jitter', () => {
    const bySeed = arrivals({ seed: 7 });
    expect(arrivals({ seed: 7, others: ['a', 'b'] })).toEqual(bySeed);
    expect(arrivals({ seed: 7, before: 3 })).toEqual(bySeed);
    expect(arrivals({ seed: 8 })).not.toEqual(bySeed);
    expect(arrivals({ seed: 0 })).toEqual(arrivals({}));
    expect(arrivals({ seed: 8, jitterMs: 0 })).toEqual(arrivals({ seed: 7, jitterMs: 0 }));
  });

  it('takes milliseconds, and two different hosts', () => {
    const network = memoryNetwork();
    for (const name of ['web', 'db']) network.host(name);
    expect(() => network.link('web', 'db', { latencyMs: -1 })).toThrow(RangeError);
    expect(() => network.link('web', 'db', { jitterMs: 0.5 })).toThrow(RangeError);
    expect(() => network.link('db', 'db', {})).toThrow(TypeError);
  });
});
