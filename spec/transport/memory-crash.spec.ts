/** A host of a memory network that crashes: all that was open on it is gone, and other hosts find out by their limits, or by a reset. */
import { concat, map, NEVER, type Observable, of, Subject, timer } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { defaults, type Listener, tcpConnect, tcpServer } from '../../lib/index.js';
import { onTwoHosts, openWith } from '../support/two-hosts.js';

const minute = 60_000;
const never = Number.POSITIVE_INFINITY;
const echoing = { handler: (chunks$: Observable<Buffer>) => chunks$ };

describe('a host that crashes', () => {
  it('ends its own connections and servers, the connections first', () => {
    const log = onTwoHosts(echoing, (hosts) => {
      hosts.client();
      hosts.at(1_000).network.crash('db');
      expect(hosts.log.slice(3)).toEqual([]); // in a later turn
      hosts.clock.settle();
      return hosts.log.slice(3);
    });
    expect(log).toEqual(['1000 server closed: reset ERR_SYSTEM', '1000 server failed: ERR_SYSTEM']);
  });

  it('ends its own clients, those that are connecting included', () => {
    const log = onTwoHosts({ ...echoing, network: { latencyMs: 100 } }, (hosts) => {
      hosts.client();
      hosts.at(1_000);
      hosts.client();
      hosts.at(1_010).network.crash('web');
      hosts.clock.settle();
      return hosts.log.slice(3);
    });
    expect(log).toEqual(['1010 client failed: ERR_SYSTEM', '1010 client failed: ERR_SYSTEM']);
  });

  it('sends neither FIN nor reset: an idle peer finds out by keep-alive', () => {
    onTwoHosts({ ...echoing, server: { keepAliveMs: 20_000 } }, (hosts) => {
      hosts.client();
      hosts.at(1_000).network.crash('web');
      hosts.at(5 * minute);
      expect(hosts.log.slice(3)).toEqual([
        '1000 client failed: ERR_SYSTEM',
        '30000 server closed: reset ERR_CONNECTION_TIMED_OUT',
      ]);
      expect(hosts.lines('web:49152 >').length).toBe(2); // those of the handshake
      expect(hosts.clock.timers).toBe(0);
    });
  });

  it('acknowledges nothing: a peer that sends finds out by writeTimeoutMs', () => {
    const handler = () => concat(timer(2_000).pipe(map(() => 'late')), NEVER);
    const log = onTwoHosts({ handler, server: { writeTimeoutMs: 20_000 } }, (hosts) => {
      hosts.client();
      hosts.at(1_000).network.crash('web');
      hosts.at(5 * minute);
      return hosts.log.slice(4);
    });
    expect(log).toEqual(['22000 server closed: stalled']);
  });

  it('still has sent what was on its way, and receives nothing of what was', () => {
    const received: string[] = [];
    const handler = (chunks$: Observable<Buffer>) =>
      chunks$.pipe(
        map((chunk) => {
          received.push(String(chunk));
          return 'answer';
        }),
      );
    onTwoHosts({ handler, network: { latencyMs: 10 } }, (hosts) => {
      const one$ = new Subject<string>();
      hosts.client(one$);
      hosts.at(100);
      one$.next('early');
      hosts.at(105);
      one$.next('late');
      hosts.at(112).network.crash('db'); // the answer to the first one is on its way, the second one has two milliseconds to go
      hosts.at(1_000);
      expect(hosts.log.slice(3)).toEqual([
        '112 server closed: reset ERR_SYSTEM',
        '112 server failed: ERR_SYSTEM',
        '120 client received answer',
      ]);
    });
    expect(received).toEqual(['early']);
  });

  it('still has refused what came before', () => {
    const log = onTwoHosts({ ...echoing, network: { latencyMs: 10 } }, (hosts) => {
      hosts.at(100);
      NEVER.pipe(tcpConnect({ host: 'db', port: 8, transport: hosts.network.host('web') })).subscribe({
        error: ({ code }) => hosts.note(`client failed: ${code}`),
      });
      hosts.at(115).network.crash('db'); // the reset is on its way
      hosts.at(1_000);
      return hosts.log.slice(1);
    });
    expect(log).toEqual(['115 server failed: ERR_SYSTEM', '120 client failed: ERR_CONNECTION_REFUSED']);
  });

  it('lets what connects to it wait, and then fail by connectTimeoutMs', () => {
    const log = onTwoHosts(echoing, (hosts) => {
      hosts.clock.settle();
      hosts.network.crash('db');
      hosts.client();
      hosts.at(minute);
      return hosts.log.slice(1);
    });
    expect(log).toEqual(['0 server failed: ERR_SYSTEM', '10000 client failed: ERR_CONNECTION_TIMED_OUT']);
  });

  it('can neither listen nor connect until its restart', () => {
    const log = onTwoHosts(echoing, (hosts) => {
      hosts.at(1_000).network.crash('web');
      hosts.client();
      tcpServer({ port: 7, transport: hosts.network.host('web') }, () => NEVER).subscribe({
        error: ({ code }) => hosts.note(`another server failed: ${code}`),
      });
      hosts.at(2_000).network.restart('web');
      hosts.client();
      hosts.clock.settle();
      return hosts.log.slice(1);
    });
    expect(log.sort()).toEqual([
      '1000 another server failed: ERR_SYSTEM',
      '1000 client failed: ERR_SYSTEM',
      '2000 client connected',
      '2000 server opened',
    ]);
  });

  it('twice, crashes once; and one that has power does not restart', () => {
    const log = onTwoHosts(echoing, (hosts) => {
      hosts.client();
      hosts.at(1_000).network.restart('db');
      hosts.network.crash('db');
      hosts.network.crash('db');
      hosts.at(2_000);
      return hosts.log.slice(3);
    });
    expect(log).toEqual(['1000 server closed: reset ERR_SYSTEM', '1000 server failed: ERR_SYSTEM']);
  });

  it('reports no failure to a socket that its owner destroys in the same turn', () => {
    const seen: string[] = [];
    onTwoHosts({}, (hosts) => {
      const peer = hosts.rawPeer();
      peer.news$.subscribe((news) => seen.push(news));
      hosts.at(1_000).network.crash('web');
      peer.socket.destroy();
      hosts.clock.settle();
    });
    expect(seen).toEqual(['connected', 'closed']);
  });

  it('reports its failure to a listener once, unless its owner closes it in the same turn, and frees its port', () => {
    const seen: string[] = [];
    onTwoHosts({}, (hosts) => {
      const { backlog, noDelay, keepAliveMs } = defaults.server;
      const listen = (port: number): Listener =>
        hosts.network.host('web').listen(
          { host: 'web', port, backlog, noDelay, keepAliveMs },
          {
            listening: () => seen.push(`${port} listening`),
            accepted() {},
            lost() {},
            warned() {},
            failed: ({ code }) => seen.push(`${port} ${code}`),
          },
        );
      const [closed, stopped] = [listen(8), listen(9)];
      hosts.at(1_000).network.crash('web');
      closed.close();
      stopped.stop(() => seen.push('9 stopped'));
      hosts.at(2_000).network.restart('web');
      listen(9);
      hosts.clock.settle();
    });
    expect(seen).toEqual(['8 listening', '9 listening', '9 ERR_SYSTEM', '9 listening']);
  });

  it('needs a name that is known', () => {
    onTwoHosts({}, ({ network }) => {
      expect(() => network.crash('dbb')).toThrow('Expected `name` to be the name of a host');
      expect(() => network.restart('dbb')).toThrow(TypeError);
    });
  });
});

describe('a host that is back after a crash', () => {
  it('accepts new connections, once its server listens again', () => {
    const log = onTwoHosts(echoing, (hosts) => {
      hosts.at(1_000).network.crash('db');
      hosts.at(2_000);
      hosts.client(openWith('waits'));
      hosts.at(3_000).network.restart('db');
      hosts.serve();
      hosts.at(4_000);
      return hosts.log.slice(2);
    });
    expect(log.sort()).toEqual([
      '3000 client connected',
      '3000 client received waits',
      '3000 server listening',
      '3000 server opened',
    ]);
  });

  it('refuses them before', () => {
    const log = onTwoHosts(echoing, (hosts) => {
      hosts.at(1_000).network.crash('db');
      hosts.client();
      hosts.at(3_000).network.restart('db');
      hosts.clock.settle();
      return hosts.log.slice(2);
    });
    expect(log).toEqual(['3000 client failed: ERR_CONNECTION_REFUSED']);
  });

  it('resets the connections of before when something comes for them: bytes that were repeated, a probe, or new ones', () => {
    const source$ = new Subject<string>();
    const log = onTwoHosts({ ...echoing, network: { latencyMs: 10 } }, (hosts) => {
      hosts.client(source$, { writeTimeoutMs: never });
      hosts.client();
      const last$ = new Subject<string>();
      hosts.client(last$, { keepAliveMs: never });
      hosts.at(1_000).network.crash('db');
      source$.next('lost');
      hosts.at(2_000).network.restart('db');
      hosts.at(3_000);
      last$.next('new');
      hosts.at(2 * minute);
      return hosts.log.filter((line) => line.includes('client failed'));
    });
    expect(log).toEqual([
      '2020 client failed: ERR_CONNECTION_RESET',
      '3020 client failed: ERR_CONNECTION_RESET',
      `${minute + 30 + 20} client failed: ERR_CONNECTION_RESET`, // a minute after the handshake
    ]);
  });

  it('has forgotten what it had sent and a partition had lost', () => {
    const log = onTwoHosts({ handler: () => concat(timer(2_000).pipe(map(() => 'lost')), NEVER) }, (hosts) => {
      hosts.client(NEVER, { keepAliveMs: never });
      hosts.at(1_000).partition();
      hosts.at(3_000).network.crash('db');
      hosts.at(4_000).network.restart('db');
      hosts.repair();
      hosts.at(5 * minute);
      return hosts.log.filter((line) => line.includes('client'));
    });
    expect(log).toEqual(['0 client connected']);
  });

  it('is found out by a probe also where something that it had sent came late', () => {
    const replies$ = new Subject<string>();
    const log = onTwoHosts({ handler: () => replies$ }, (hosts) => {
      hosts.client();
      hosts.at(1_000).hold();
      replies$.next('late');
      hosts.network.crash('db');
      hosts.network.restart('db');
      hosts.at(20_000).release();
      hosts.at(5 * minute);
      return hosts.log.filter((line) => line.includes('client')).slice(1);
    });
    expect(log).toEqual(['20000 client received late', '80000 client failed: ERR_CONNECTION_RESET']);
  });

  it('has forgotten a connection that it had ended, and resets what comes for it', () => {
    const reply$ = new Subject<string>();
    const log = onTwoHosts({ handler: () => reply$ }, (hosts) => {
      hosts.client(of('x'));
      hosts.at(1_000).partition();
      reply$.complete(); // its FIN is lost
      hosts.at(2_000).network.crash('db');
      hosts.at(3_000).network.restart('db');
      hosts.repair();
      hosts.at(5 * minute);
      return hosts.log.slice(3);
    });
    expect(log).toEqual([
      '1000 server closed: ended',
      '2000 server failed: ERR_SYSTEM',
      '60000 client failed: ERR_CONNECTION_RESET',
    ]);
  });

  it('resets a connection of which the handshake was not over', () => {
    const log = onTwoHosts({ ...echoing, network: { latencyMs: 10 } }, (hosts) => {
      hosts.at(1_000);
      hosts.client(of('x'));
      hosts.at(1_025).network.crash('db'); // the third segment is on its way
      hosts.at(2_000).network.restart('db');
      hosts.serve();
      hosts.at(3_000);
      return hosts.log.slice(1);
    });
    expect(log).toEqual([
      '1020 client connected',
      '1025 server failed: ERR_SYSTEM',
      '2000 server listening',
      '2020 client failed: ERR_CONNECTION_RESET',
    ]);
  });
});
