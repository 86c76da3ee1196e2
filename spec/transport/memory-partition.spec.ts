/** A partition between two hosts of a memory network: what TCP repeats arrives after the repair, and each end has only its limits. */
import { concat, map, NEVER, of, Subject, tap, timer } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { type Handler, tcpConnect } from '../../lib/index.js';
import { onTwoHosts } from '../support/two-hosts.js';

const minute = 60_000;
const never = Number.POSITIVE_INFINITY;

/** 100 000 bytes in pieces, each byte by its place. */
function* pattern(): Generator<Buffer> {
  for (let start = 0; start < 100_000; start += 1_000)
    yield Buffer.from(Array.from({ length: 1_000 }, (_, index) => (start + index) % 251));
}
const wholePattern = Buffer.concat([...pattern()]);

describe('a partition', () => {
  it('in the middle of a transfer delays it, with not one byte lost or doubled', () => {
    const received: Buffer[] = [];
    let isComplete = false;
    onTwoHosts({ handler: () => pattern(), network: { latencyMs: 10, bufferBytes: 3_000 } }, (hosts) => {
      const client$ = of('go').pipe(tcpConnect({ host: 'db', port: 7, transport: hosts.network.host('web') }));
      client$.subscribe({
        next: (chunk) => received.push(chunk),
        complete: () => {
          isComplete = true;
        },
      });
      hosts.at(100).partition();
      const before = Buffer.concat(received).length;
      expect(before).toBeGreaterThan(10_000);
      hosts.at(20_000);
      expect(Buffer.concat(received).length).toBe(before);
      hosts.repair();
      hosts.at(20_010);
      expect(Buffer.concat(received).length).toBe(before + 3_000);
      hosts.at(minute);
    });
    expect(Buffer.concat(received).equals(wholePattern)).toBe(true);
    expect(isComplete).toBe(true);
  });

  it('of a link that is held: what is repeated is held before what is sent later, also where the sender resets then', () => {
    const source$ = new Subject<string>();
    const received: string[] = [];
    onTwoHosts({ handler: (chunks$) => chunks$.pipe(tap((chunk) => received.push(String(chunk)))) }, (hosts) => {
      const client = hosts.client(source$);
      hosts.at(100);
      hosts.network.hold('web', 'db');
      source$.next('a');
      hosts.at(200).partition();
      hosts.repair();
      source$.next('b');
      client.unsubscribe();
      hosts.at(300);
      hosts.network.release('web', 'db');
      hosts.at(400);
      expect(hosts.log.at(-1)).toBe('300 server closed: reset ERR_CONNECTION_RESET');
    });
    expect(received).toEqual(['a', 'b']);
  });

  it('loses what is on its way, and repeats bytes and FIN in their order', () => {
    const source$ = new Subject<string>();
    const trace = onTwoHosts({ handler: (chunks$) => chunks$, network: { latencyMs: 10 } }, (hosts) => {
      hosts.client(source$);
      hosts.at(100);
      source$.next('a');
      hosts.at(105).partition();
      source$.next('bc');
      source$.complete();
      hosts.at(1_000).repair();
      hosts.at(2_000);
      expect(hosts.log.slice(-3)).toEqual([
        '1020 client received a',
        '1020 client received bc',
        '1020 client completed',
      ]);
      return hosts.lines('web:49152 >').slice(2);
    });
    expect(trace).toEqual([
      '100 web:49152 > db:7 1 bytes',
      '105 web:49152 > db:7 1 bytes lost',
      '105 web:49152 > db:7 2 bytes',
      '105 web:49152 > db:7 2 bytes lost',
      '105 web:49152 > db:7 FIN',
      '105 web:49152 > db:7 FIN lost',
      '1000 web:49152 > db:7 1 bytes again',
      '1000 web:49152 > db:7 2 bytes again',
      '1000 web:49152 > db:7 FIN again',
    ]);
  });

  it('longer than writeTimeoutMs ends both sides as stalled', () => {
    const reasons: unknown[] = [];
    const handler: Handler = () => concat(timer(2_000).pipe(map(() => 'late')), NEVER);
    onTwoHosts({ handler, server: { writeTimeoutMs: 20_000 } }, (hosts) => {
      const closed = { next: ({ reason }: { reason: string }) => reasons.push([hosts.clock.now, reason]) };
      hosts.client(concat(timer(1_000).pipe(map(() => 'late')), NEVER), { writeTimeoutMs: 40_000, closed });
      hosts.at(500).partition();
      hosts.at(5 * minute);
      expect(hosts.log).toEqual([
        '0 server listening',
        '0 client connected',
        '0 server opened',
        '22000 server closed: stalled',
        '41000 client failed: ERR_TIME_LIMIT',
      ]);
    });
    expect(reasons).toEqual([[41_000, 'stalled']]);
  });

  it('makes connecting wait for the repair', () => {
    const log = onTwoHosts({ network: { latencyMs: 10 } }, (hosts) => {
      hosts.partition();
      hosts.client();
      hosts.at(9_000).repair();
      hosts.at(minute);
      return hosts.log;
    });
    expect(log.slice(1)).toEqual(['9020 client connected', '9030 server opened']);
  });

  it('longer than connectTimeoutMs fails connecting, of which the server does not learn', () => {
    const log = onTwoHosts({}, (hosts) => {
      hosts.partition();
      hosts.client();
      hosts.at(minute).repair();
      hosts.at(2 * minute);
      return hosts.log;
    });
    expect(log).toEqual(['0 server listening', '10000 client failed: ERR_CONNECTION_TIMED_OUT']);
  });

  it('loses a refusal, and the attempt that is repeated is refused', () => {
    const lines: string[] = [];
    onTwoHosts({ network: { latencyMs: 10 } }, (hosts) => {
      const transport = hosts.network.host('web');
      NEVER.pipe(tcpConnect({ host: 'db', port: 8, transport })).subscribe({
        error: ({ code }) => lines.push(`${hosts.clock.now} ${code}`),
      });
      hosts.at(15).partition();
      hosts.at(1_000).repair();
      hosts.at(2_000);
    });
    expect(lines).toEqual(['1010 ERR_CONNECTION_REFUSED']);
  });

  it('does not keep a sender waiting for a peer that read all meanwhile, and closed', () => {
    const log = onTwoHosts({ handler: () => of(Buffer.alloc(3_000)), network: { bufferBytes: 1_000 } }, (hosts) => {
      const peer = hosts.rawPeer();
      peer.socket.pause();
      hosts.at(1_000).partition();
      peer.socket.resume();
      hosts.clock.settle();
      expect(peer.receivedBytes).toBe(1_000);
      peer.socket.destroy();
      hosts.at(2_000).repair();
      hosts.at(3_000);
      return hosts.log.slice(2);
    });
    expect(log).toEqual(['2000 server closed: reset ERR_CONNECTION_RESET']);
  });

  it('forgets the attempt of a client that has gone meanwhile', () => {
    onTwoHosts({}, (hosts) => {
      hosts.partition();
      hosts.rawPeer().socket.destroy();
      hosts.repair();
      hosts.at(1_000);
      expect(hosts.lines('SYN')).toEqual(['0 web:49152 > db:7 SYN', '0 web:49152 > db:7 SYN lost']);
    });
  });

  it('is between two hosts, and no others', () => {
    onTwoHosts({ handler: (chunks$) => chunks$ }, (hosts) => {
      hosts.partition();
      const seen: string[] = [];
      for (const name of ['db', 'phone']) {
        const client$ = of('x').pipe(tcpConnect({ host: 'db', port: 7, transport: hosts.network.host(name) }));
        client$.subscribe((chunk) => seen.push(`${name} ${chunk}`));
      }
      hosts.clock.settle();
      expect(seen.sort()).toEqual(['db x', 'phone x']);
    });
  });

  it('takes the names of two hosts', () => {
    onTwoHosts({}, ({ network }) => {
      expect(() => network.partition('web', 'dbb')).toThrow('Expected `b` to be the name of another host');
      expect(() => network.partition('webb', 'db')).toThrow('Expected `a` to be the name of a host');
      expect(() => network.partition('web', 'web')).toThrow('Expected `b` to be the name of another host');
    });
  });
});

describe('a reset that a partition loses', () => {
  const plays: [how: string, instant: number, act: (send: Subject<string>) => void][] = [
    ['sends something itself', 5_000, (send) => send.next('are you there?')],
    ['probes an idle connection', minute, () => {}],
  ];
  it.each(plays)('is learnt of when the other end %s', (_, instant, act) => {
    const replies$ = new Subject<string>();
    const log = onTwoHosts({ handler: () => replies$, network: { latencyMs: 10 } }, (hosts) => {
      const client = hosts.client();
      hosts.at(1_000).partition();
      client.unsubscribe();
      hosts.at(2_000).repair();
      hosts.at(5_000);
      act(replies$);
      hosts.at(5 * minute);
      return hosts.log.slice(3);
    });
    // The last segment before was the third of the handshake, which arrived after 30 ms.
    const learntAt = instant === minute ? minute + 30 + 20 : instant + 20;
    expect(log).toEqual([`${learntAt} server closed: reset ERR_CONNECTION_RESET`]);
  });

  it('takes with it what had been lost before', () => {
    const chunks: string[] = [];
    const handler: Handler = (chunks$) => chunks$.pipe(map((chunk) => void chunks.push(String(chunk)) as never));
    onTwoHosts({ handler }, (hosts) => {
      const peer = hosts.rawPeer();
      hosts.at(1_000).partition();
      peer.send('lost');
      peer.socket.reset();
      hosts.at(2_000).repair();
      hosts.at(10_000);
    });
    expect(chunks).toEqual([]);
  });

  it('is answered again, when the answer was lost too', () => {
    const replies$ = new Subject<string>();
    const log = onTwoHosts({ handler: () => replies$, network: { latencyMs: 10 } }, (hosts) => {
      const client = hosts.client();
      hosts.at(1_000).partition();
      client.unsubscribe();
      hosts.at(2_000).repair();
      replies$.next('are you there?');
      hosts.at(2_015).partition();
      hosts.at(3_000).repair();
      hosts.at(4_000);
      return hosts.log.slice(3);
    });
    expect(log).toEqual(['3010 server closed: reset ERR_CONNECTION_RESET']);
  });

  it('is learnt of by a sender that waits for room', () => {
    const log = onTwoHosts({ handler: () => of(Buffer.alloc(3_000)), network: { bufferBytes: 1_000 } }, (hosts) => {
      const peer = hosts.rawPeer();
      peer.socket.pause();
      hosts.at(1_000).partition();
      peer.socket.reset();
      hosts.at(2_000).repair();
      hosts.at(3_000);
      return hosts.log.slice(2);
    });
    expect(log).toEqual(['2000 server closed: reset ERR_CONNECTION_RESET']);
  });

  it('is the answer to the FIN of the other end', () => {
    const replies$ = new Subject<string>();
    const log = onTwoHosts({ handler: () => replies$ }, (hosts) => {
      const client = hosts.client();
      hosts.at(1_000).partition();
      client.unsubscribe();
      hosts.at(2_000).repair();
      replies$.complete();
      hosts.at(3_000);
      return hosts.log.slice(3);
    });
    expect(log).toEqual(['2000 server closed: reset ERR_CONNECTION_RESET']);
  });
});

describe('an idle connection over a lost link', () => {
  const partitions: [number, number][] = [
    [30_000, 70_000],
    [59_999, 70_000],
    [90_000, 130_000], // the probe after a minute was answered
  ];
  it.each(partitions)('that is lost after %i ms is given up after %i ms, by the tenth probe', (lostAt, endsAt) => {
    const log = onTwoHosts({ server: { keepAliveMs: minute } }, (hosts) => {
      hosts.client(NEVER, { keepAliveMs: never });
      hosts.at(lostAt).partition();
      hosts.at(10 * minute);
      return [...hosts.log.slice(3), hosts.lines('probe lost').length];
    });
    expect(log).toEqual([`${endsAt} server closed: reset ERR_CONNECTION_TIMED_OUT`, 10]);
  });

  it('is given up by a client too', () => {
    const log = onTwoHosts({ server: { keepAliveMs: never } }, (hosts) => {
      hosts.client(NEVER, { keepAliveMs: 5_000 });
      hosts.at(1_000).partition();
      hosts.at(10 * minute);
      return hosts.log.slice(3);
    });
    expect(log).toEqual(['15000 client failed: ERR_CONNECTION_TIMED_OUT']);
  });

  it('is given up also where another partition delayed its handshake', () => {
    const log = onTwoHosts({ server: { keepAliveMs: never }, network: { latencyMs: 10 } }, (hosts) => {
      hosts.client(NEVER, { keepAliveMs: 5_000 });
      hosts.at(5).partition();
      hosts.at(1_000).repair();
      hosts.at(2_000).partition();
      hosts.at(10 * minute);
      return hosts.log.slice(3);
    });
    expect(log).toEqual(['16030 client failed: ERR_CONNECTION_TIMED_OUT']);
  });

  it('is given up without a word that could arrive after the repair', () => {
    const log = onTwoHosts({ server: { keepAliveMs: never } }, (hosts) => {
      hosts.client(NEVER, { keepAliveMs: 5_000 });
      hosts.at(1_000).partition();
      hosts.at(20_000).repair();
      hosts.at(10 * minute);
      return hosts.log.slice(3);
    });
    expect(log).toEqual(['15000 client failed: ERR_CONNECTION_TIMED_OUT']);
  });

  it('lives on when a probe is answered after the repair, and counts its probes anew', () => {
    const log = onTwoHosts({ server: { keepAliveMs: minute } }, (hosts) => {
      hosts.client(NEVER, { keepAliveMs: never });
      hosts.at(1_000).partition();
      hosts.at(69_500).repair(); // the tenth probe, after 69 s, is the last one that is lost
      hosts.at(69_600).partition();
      hosts.at(10 * minute);
      return hosts.log.slice(3);
    });
    expect(log).toEqual(['70000 server closed: reset ERR_CONNECTION_TIMED_OUT']);
    const other = onTwoHosts({ server: { keepAliveMs: minute } }, (hosts) => {
      hosts.client(NEVER, { keepAliveMs: never });
      hosts.at(1_000).partition();
      hosts.at(68_500).repair();
      hosts.at(69_500).partition(); // the probe after 69 s was answered
      hosts.at(10 * minute);
      return hosts.log.slice(3);
    });
    expect(other).toEqual(['139000 server closed: reset ERR_CONNECTION_TIMED_OUT']);
  });

  it('is not probed while something is unacknowledged, nor without keepAliveMs', () => {
    for (const keepAliveMs of [minute, never]) {
      const source$ = new Subject<string>();
      onTwoHosts({ server: { keepAliveMs: never } }, (hosts) => {
        hosts.client(source$, { keepAliveMs, writeTimeoutMs: never });
        hosts.at(1_000).partition();
        if (keepAliveMs === minute) source$.next('x');
        hosts.at(60 * minute);
        expect(hosts.log.slice(3)).toEqual([]);
        expect(hosts.lines('probe')).toEqual([]);
      });
    }
  });

  it('is not probed while something waits for room', () => {
    const handler: Handler = () => concat(of(Buffer.alloc(3_000)), NEVER);
    const server = { keepAliveMs: minute, writeTimeoutMs: never };
    onTwoHosts({ handler, server, network: { bufferBytes: 1_000 } }, (hosts) => {
      hosts.rawPeer().socket.pause();
      hosts.at(1_000).partition();
      hosts.at(60 * minute);
      expect(hosts.log.slice(2)).toEqual([]);
      expect(hosts.lines('db:7 > web:49152 probe')).toEqual([]);
    });
  });

  it('leaves no timer after an answer or where both ends are closed, and there is none before the partition', () => {
    onTwoHosts({}, (hosts) => {
      const client = hosts.client();
      hosts.at(1_000);
      expect(hosts.clock.timers).toBe(0);
      hosts.partition();
      expect(hosts.clock.timers).toBe(1);
      hosts.repair();
      hosts.at(2 * minute); // by then both ends have had an answer to a probe
      expect(hosts.lines('probe lost')).toEqual([]);
      expect(hosts.clock.timers).toBe(0);
      hosts.partition();
      hosts.repair();
      client.unsubscribe();
      hosts.clock.settle();
      expect(hosts.clock.timers).toBe(0);
    });
  });
});

describe('a connection that is closed while its last segment is on its way', () => {
  it('is not probed when that is lost', () => {
    onTwoHosts({ network: { latencyMs: 100 }, server: { keepAliveMs: never } }, (hosts) => {
      const client = hosts.client();
      hosts.at(1_000);
      client.unsubscribe();
      hosts.at(1_050).partition();
      expect(hosts.clock.timers).toBe(1); // which would have brought the reset
      hosts.at(10 * minute);
      expect(hosts.lines('probe')).toEqual([]);
    });
  });
});

describe('what a sender knows during a partition', () => {
  it('is not what the other end reads: the queue shrinks after the repair', () => {
    onTwoHosts(
      { handler: () => NEVER, network: { bufferBytes: 1_000 }, server: { highWaterMarkBytes: 1 } },
      (hosts) => {
        const transport = hosts.network.host('db');
        const received: number[] = [];
        let read = (): void => {};
        transport.listen(
          { host: 'db', port: 8, backlog: 1, noDelay: true, keepAliveMs: never },
          {
            accepted: (socket) => {
              socket.pause();
              read = () => socket.resume();
              socket.open({
                connected() {},
                chunk: (chunk) => received.push(chunk.length),
                peerEnded() {},
                uncorked() {},
                drained() {},
                failed() {},
                closed() {},
              });
            },
            listening() {},
            lost() {},
            warned() {},
            failed() {},
          },
        );
        const socket = hosts.network.host('web').connect({ host: 'db', port: 8, noDelay: true, keepAliveMs: never });
        socket.open({
          connected() {},
          chunk() {},
          peerEnded() {},
          uncorked() {},
          drained() {},
          failed() {},
          closed() {},
        });
        socket.write(Buffer.alloc(2_500));
        hosts.at(1_000);
        expect([socket.queuedBytes, socket.unacknowledgedBytes()]).toEqual([1_500, 0]);
        hosts.partition();
        read();
        hosts.at(2_000);
        expect(received).toEqual([1_000]);
        socket.write(Buffer.alloc(500));
        expect([socket.queuedBytes, socket.unacknowledgedBytes()]).toEqual([2_000, 0]);
        hosts.repair();
        expect([socket.queuedBytes, socket.unacknowledgedBytes()]).toEqual([1_000, 1_000]);
        hosts.partition();
        expect([socket.queuedBytes, socket.unacknowledgedBytes()]).toEqual([1_000, 1_000]);
        hosts.repair();
        expect([socket.queuedBytes, socket.unacknowledgedBytes()]).toEqual([1_000, 1_000]); // nothing more was read
        hosts.at(3_000);
        expect([socket.queuedBytes, socket.unacknowledgedBytes()]).toEqual([0, 0]);
        expect(received).toEqual([1_000, 1_000, 1_000]);
      },
    );
  });
});
