/** Named hosts of a network in memory: by which names they reach each other, and what a trace shows of it. */
import { concat, delay, map, NEVER, of, take, timer } from 'rxjs';
import { describe, expect, it } from 'vitest';
import {
  defaults,
  echo,
  type MemoryNetwork,
  memoryNetwork,
  type ServerEvent,
  tcpConnect,
  tcpServer,
} from '../../lib/index.js';
import { byHand } from '../properties/stage.js';
import { collect } from '../support/garbage.js';
import { RawPeer } from '../support/raw-peer.js';

const reply = echo({ delayMs: 0, reply: 'raw' });

/** What a client gets from 'web' that connects to `host` and port 7: its text, or the code of its error. */
function answer(host: string, arrange: (network: MemoryNetwork) => void, from = 'web'): string {
  let seen = 'nothing';
  byHand((clock) => {
    const network = memoryNetwork();
    const transport = network.host(from);
    of('hello')
      .pipe(tcpConnect({ host, port: 7, transport }), map(String))
      .subscribe({
        next: (text) => {
          seen = text;
        },
        error: ({ code }) => {
          seen = code;
        },
      });
    arrange(network);
    clock.advance(60_000);
  });
  return seen;
}

function serve(network: MemoryNetwork, name: string, host?: string): ServerEvent[] {
  const events: ServerEvent[] = [];
  tcpServer({ port: 7, transport: network.host(name), host }, reply).subscribe({
    next: (event) => events.push(event),
    error: (error) => events.push({ type: 'warning', error }),
  });
  return events;
}

describe('a host of a memory network', () => {
  it.each([undefined, '127.0.0.1', 'localhost', '0.0.0.0', '::', 'db'])(
    'is reached from another one by its name, when its server listens on %s',
    (host) => {
      expect(answer('db', (network) => serve(network, 'db', host))).toBe('hello');
    },
  );

  it.each(['127.0.0.1', 'localhost', '::1', '0.0.0.0', '::', 'web'])(
    'reaches itself by %s, and no other host',
    (host) => {
      expect(answer(host, (network) => serve(network, 'web'))).toBe('hello');
      expect(answer(host, (network) => serve(network, 'db'))).toBe('ERR_CONNECTION_REFUSED');
    },
  );

  it('has addresses with its name, which are the ones that events tell', () => {
    byHand((clock) => {
      const network = memoryNetwork();
      const events = serve(network, 'db');
      clock.settle();
      const [listening] = events;
      if (listening?.type !== 'listening') throw new Error('The server does not listen');
      expect(listening.address).toEqual({ host: 'db', port: 7 });
      concat(of('x'), NEVER)
        .pipe(tcpConnect({ ...listening.address, transport: network.host('web') }))
        .subscribe();
      clock.settle();
      expect(events.slice(1)).toMatchObject([
        { connection: { local: { host: 'db', port: 7 }, remote: { host: 'web', port: 49_152 } } },
      ]);
    });
  });

  it('has ports of its own: two hosts listen on the same one, and a host does not twice', () => {
    byHand((clock) => {
      const network = memoryNetwork();
      const [one, other, again] = [serve(network, 'a'), serve(network, 'b'), serve(network, 'b', '0.0.0.0')];
      clock.settle();
      expect([one, other].map(([event]) => event?.type)).toEqual(['listening', 'listening']);
      expect(again).toMatchObject([{ error: { code: 'ERR_ADDRESS_IN_USE' } }]);
    });
  });

  it.each([{}, { reusePort: true }])(
    'leaves its port to a server when another one, with %j, fails there',
    (options) => {
      byHand((clock) => {
        const network = memoryNetwork();
        const seen: string[] = [];
        serve(network, 'db');
        tcpServer({ port: 7, transport: network.host('db'), ...options }, () => NEVER).subscribe({
          error: ({ code }) => seen.push(code),
        });
        clock.settle();
        of('hello')
          .pipe(tcpConnect({ host: 'db', port: 7, transport: network.host('web') }))
          .subscribe((chunk) => seen.push(String(chunk)));
        clock.settle();
        expect(seen).toEqual([options.reusePort ? 'ERR_NOT_SUPPORTED' : 'ERR_ADDRESS_IN_USE', 'hello']);
      });
    },
  );

  it.each(['end', 'destroy'] as const)('drops what a socket writes after %s, and sends one FIN', (end) => {
    const lines = traced(0, (network) => {
      serve(network, 'web');
      const { socket, news$ } = new RawPeer(network.host('web'), 7);
      news$.pipe(take(1)).subscribe(() => {
        socket[end]();
        socket.write(Buffer.from('late'));
        socket.end();
      });
    });
    const sent = lines.filter((line) => line.startsWith('0 web:49152 > '));
    expect(sent).toEqual(['0 web:49152 > web:7 SYN', '0 web:49152 > web:7 ACK', '0 web:49152 > web:7 FIN']);
  });

  it('has room for any number of connections, as the network itself has', () => {
    const network = memoryNetwork();
    for (const transport of [network, network.host('db')]) expect(transport.capacity()).toBe(Number.POSITIVE_INFINITY);
  });

  it('has Unix sockets of its own', () => {
    byHand((clock) => {
      const network = memoryNetwork();
      const path = '/run/echo.sock';
      const seen: string[] = [];
      tcpServer({ path, transport: network.host('web') }, reply).subscribe((event) => {
        if (event.type === 'opened') seen.push(JSON.stringify([event.connection.local, event.connection.remote]));
      });
      for (const name of ['web', 'db']) {
        const replies$ = of('hello').pipe(tcpConnect({ path, transport: network.host(name) }));
        replies$.subscribe({
          next: (chunk) => seen.push(`${name} ${chunk}`),
          error: ({ code }) => seen.push(`${name} ${code}`),
        });
      }
      clock.settle();
      expect(seen.sort()).toEqual([`[{"path":"${path}"},{"path":""}]`, 'db ERR_CONNECTION_REFUSED', 'web hello']);
    });
  });

  it('does not resolve a name that no host has, and refuses where nothing listens', () => {
    expect(answer('dbb', (network) => serve(network, 'db'))).toBe('ERR_HOST_NOT_FOUND');
    expect(answer('db', (network) => network.host('db'))).toBe('ERR_CONNECTION_REFUSED');
  });

  it('does not listen on the name of another host', () => {
    byHand((clock) => {
      const network = memoryNetwork();
      network.host('web');
      const events = serve(network, 'db', 'web');
      clock.settle();
      expect(events).toMatchObject([{ error: { code: 'ERR_ADDRESS_NOT_AVAILABLE' } }]);
    });
  });

  it('is like the network itself in that a client of a Unix socket has no path', () => {
    const events: ServerEvent[] = [];
    byHand((clock) => {
      const transport = memoryNetwork();
      tcpServer({ path: '/run/echo.sock', transport }, reply).subscribe((event) => events.push(event));
      NEVER.pipe(tcpConnect({ path: '/run/echo.sock', transport })).subscribe();
      clock.settle();
    });
    expect(events[1]).toMatchObject({ connection: { local: { path: '/run/echo.sock' }, remote: { path: '' } } });
  });

  it('is apart from the network itself, where any name will do', () => {
    byHand((clock) => {
      const network = memoryNetwork();
      serve(network, 'db');
      const seen: string[] = [];
      const code = (what: string) => ({ error: (error: { code: string }) => seen.push(`${what} ${error.code}`) });
      of('x')
        .pipe(tcpConnect({ host: 'db', port: 7, transport: network }))
        .subscribe(code('to the host'));
      tcpServer({ host: 'shop', port: 8, transport: network }, reply).subscribe();
      of('x')
        .pipe(tcpConnect({ host: 'shop', port: 8, transport: network.host('web') }))
        .subscribe(code('from a host'));
      of('x')
        .pipe(tcpConnect({ host: 'shop', port: 8, transport: network }))
        .subscribe((chunk) => seen.push(String(chunk)));
      clock.settle();
      expect(seen.sort()).toEqual(['from a host ERR_HOST_NOT_FOUND', 'to the host ERR_CONNECTION_REFUSED', 'x']);
    });
  });

  it('accepts no connection of which the handshake ends after the listener was closed', () => {
    const seen: string[] = [];
    byHand((clock) => {
      const network = memoryNetwork({ latencyMs: 10 });
      const { host, backlog, noDelay, keepAliveMs } = defaults.server;
      const listener = network
        .host('db')
        .listen(
          { host, port: 7, backlog, noDelay, keepAliveMs },
          { listening() {}, accepted: () => seen.push('accepted'), lost() {}, warned() {}, failed() {} },
        );
      NEVER.pipe(tcpConnect({ host: 'db', port: 7, transport: network.host('web') })).subscribe({
        error: ({ code }) => seen.push(code),
      });
      clock.advance(25);
      listener.close();
      clock.advance(1_000);
    });
    expect(seen).toEqual(['ERR_CONNECTION_RESET']);
  });

  it('sends nothing for a client that was gone before its name was looked up', () => {
    const lines = traced(0, (network) => {
      const web = network.host('web');
      const { noDelay, keepAliveMs } = defaults.connect;
      web.connect({ host: 'db', port: 7, noDelay, keepAliveMs }).destroy();
      network.host('db');
    });
    expect(lines).toEqual([]);
  });

  it.each([
    ['that has ended', 1_000],
    ['that its client gave up before it stood', 7],
  ])('keeps nothing of a connection %s', async (_, endedAt) => {
    const network = memoryNetwork({ latencyMs: 5 });
    const play = () =>
      byHand((clock) => {
        tcpServer({ port: 7, transport: network.host('db') }, reply).subscribe();
        const { noDelay, keepAliveMs } = defaults.connect;
        const socket = network.host('web').connect({ host: 'db', port: 7, noDelay, keepAliveMs });
        clock.advance(endedAt);
        socket.destroy();
        clock.advance(60_000);
        return new WeakRef(socket);
      });
    const memory = play();
    const isFree = () => {
      collect();
      return memory.deref() === undefined;
    };
    await expect.poll(isFree).toBe(true);
    expect(() => network.link('web', 'db', {})).not.toThrow(); // it is the network that would keep it
  });

  it('is one, however often it is asked for', () => {
    const network = memoryNetwork();
    expect(network.host('db')).toBe(network.host('db'));
  });

  it.each(['localhost', '127.0.0.1', '::1', '0.0.0.0', '::', ''])('is not called %j', (name) => {
    expect(() => memoryNetwork().host(name)).toThrow(
      `Expected \`name\` to be a host's name, which is none of localhost, 127.0.0.1, ::1, 0.0.0.0, ::, got \`'${name}'\``,
    );
  });
});

/** The lines of the trace, each with the instant of it, of what is done with `network`. */
function traced(latencyMs: number, act: (network: MemoryNetwork) => void): string[] {
  const lines: string[] = [];
  byHand((clock) => {
    act(memoryNetwork({ latencyMs, trace: (line) => lines.push(`${clock.now} ${line}`) }));
    clock.advance(60_000);
  });
  return lines;
}

describe('the trace of a memory network', () => {
  it('has each segment when it is sent and when it arrives, in the order in which that happens', () => {
    const lines = traced(5, (network) => {
      serve(network, 'db');
      of('hello, db!')
        .pipe(tcpConnect({ host: 'db', port: 7, transport: network.host('web') }))
        .subscribe();
    });
    expect(lines).toEqual([
      '0 web:49152 > db:7 SYN',
      '5 db:7 < web:49152 SYN',
      '5 db:7 > web:49152 SYN-ACK',
      '10 web:49152 < db:7 SYN-ACK',
      '10 web:49152 > db:7 ACK',
      '10 web:49152 > db:7 10 bytes',
      '10 web:49152 > db:7 FIN',
      '15 db:7 < web:49152 ACK',
      '15 db:7 < web:49152 10 bytes',
      '15 db:7 > web:49152 10 bytes',
      '15 db:7 < web:49152 FIN',
      '15 db:7 > web:49152 FIN',
      '20 web:49152 < db:7 10 bytes',
      '20 web:49152 < db:7 FIN',
    ]);
  });

  it('has what is done to links and hosts', () => {
    const lines = traced(5, (network) => {
      for (const name of ['web', 'db']) network.host(name);
      network.link('web', 'db', { latencyMs: 1 });
      network.partition('web', 'db');
      network.repair('db', 'web');
      network.hold('web', 'db');
      network.release('web', 'db');
      network.crash('db');
      network.restart('db');
    });
    expect(lines).toEqual([
      '0 link web db',
      '0 partition web db',
      '0 repair db web',
      '0 hold web db',
      '0 release web db',
      '0 crash db',
      '0 restart db',
    ]);
  });

  it('is not needed for any of it', () => {
    const network = memoryNetwork();
    for (const name of ['web', 'db']) network.host(name);
    network.partition('web', 'db');
    network.crash('db');
    network.restart('db');
  });

  it('has a reset for what is refused, and for what is cut off', () => {
    const lines = traced(5, (network) => {
      tcpServer({ port: 7, transport: network.host('db') }, () => NEVER).subscribe();
      const transport = network.host('web');
      const ignored = { error: () => {} };
      of('x')
        .pipe(tcpConnect({ host: 'db', port: 8, transport }))
        .subscribe(ignored);
      const client = NEVER.pipe(tcpConnect({ host: 'db', port: 7, transport })).subscribe(ignored);
      timer(100).subscribe(() => client.unsubscribe());
    });
    expect(lines.filter((line) => line.endsWith('RST'))).toEqual([
      '5 db:8 > web:49152 RST',
      '10 web:49152 < db:8 RST',
      '100 web:49153 > db:7 RST',
      '105 db:7 < web:49153 RST',
    ]);
  });

  it('has a reset for a connection that comes when its listener has gone, or its client has', () => {
    const lines = traced(5, (network) => {
      const server = tcpServer({ port: 7, transport: network.host('db') }, () => NEVER).subscribe();
      const to = (name: string) => NEVER.pipe(tcpConnect({ host: 'db', port: 7, transport: network.host(name) }));
      to('web').subscribe({ error: () => {} });
      const impatient = to('phone').subscribe();
      timer(7).subscribe(() => impatient.unsubscribe());
      timer(12).subscribe(() => server.unsubscribe());
    });
    expect(lines.filter((line) => line.endsWith('RST'))).toEqual([
      '10 phone:49152 > db:7 RST',
      '15 db:7 > web:49152 RST',
      '15 db:7 < phone:49152 RST',
      '20 web:49152 < db:7 RST',
    ]);
  });

  it('has one FIN of an end that is closed behind its FIN', () => {
    const lines = traced(0, (network) => {
      tcpServer({ port: 7, transport: network.host('web') }, () => NEVER).subscribe();
      const peer = new RawPeer(network.host('web'), 7);
      peer.socket.end();
      timer(10).subscribe(() => peer.socket.destroy());
    });
    expect(lines.filter((line) => line.endsWith('> web:7 FIN')).length).toBe(1);
  });

  it('has nothing of what is not on a host, nor of a host with itself but what it sends itself', () => {
    const lines = traced(5, (network) => {
      tcpServer({ port: 7, transport: network }, reply).subscribe();
      of('x')
        .pipe(tcpConnect({ port: 7, transport: network }))
        .subscribe();
      serve(network, 'web');
      of('x')
        .pipe(delay(1), tcpConnect({ port: 7, transport: network.host('web') }))
        .subscribe();
    });
    expect(lines.map((line) => line.split(' ')[0])).toEqual([...Array(6).fill('0'), ...Array(8).fill('1')]);
  });
});
