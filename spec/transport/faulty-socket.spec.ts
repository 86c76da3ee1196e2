/** A faulty connection keeps the contract of a transport: what its owner is told, in which order, and what it is never told. */
import { Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import {
  bandwidth,
  closeAfterReply,
  closeBeforeReply,
  type Fault,
  halfOpen,
  latency,
  limitData,
  resetPeer,
  slicer,
  slowClose,
  timeout,
} from '../../lib/index.js';
import { reported } from '../support/faulty-pair.js';

const x = Buffer.from('x');
const outgoing = 'outgoing' as const;
const incoming = 'incoming' as const;

describe('the end of a faulty connection', () => {
  it('of both sides, while the peer’s is on its way, waits for it', () => {
    const told = reported([latency({ ms: 100, direction: incoming })], {
      play: ({ socket, peer }) => {
        peer.send('late');
        peer.socket.end();
        socket.end();
      },
    });
    expect(told).toEqual(['100 chunk late', '100 peerEnded', '100 closed', '0 timers left']);
  });

  it('in order, the peer first, is told once each', () => {
    const told = reported([slowClose({ ms: 50 })], {
      play: ({ peer }) => peer.socket.end(),
      on: { peerEnded: (socket) => socket.end() },
    });
    expect(told).toEqual(['50 peerEnded', '100 closed', '0 timers left']);
  });

  it('in order, the owner first, is told once each', () => {
    const told = reported([slowClose({ ms: 50 })], {
      play: ({ socket, peer }) => {
        socket.end();
        peer.when('ended').subscribe(() => peer.socket.end());
      },
    });
    expect(told).toEqual(['50 drained', '100 peerEnded', '100 closed', '0 timers left']);
  });

  it('goes out behind bytes that are held, and nothing that is written after it', () => {
    let received = '';
    reported([bandwidth({ bytesPerSecond: 1_000, direction: outgoing }), slowClose({ ms: 10 })], {
      play: ({ socket, peer }) => {
        socket.write(Buffer.alloc(300, 'x'));
        socket.end();
        socket.write(Buffer.from('late'));
        peer.when('ended').subscribe(() => {
          received = peer.received;
          peer.socket.end();
        });
      },
    });
    expect(received).toBe('x'.repeat(300));
  });

  it.each(['destroy', 'reset'] as const)('by %s drops what is held, and only closes', (end) => {
    let received = '';
    const told = reported([bandwidth({ bytesPerSecond: 1_000 }), slicer({ bytes: 1, delayMs: 5 })], {
      play: ({ socket, peer, at }) => {
        peer.send('abc');
        socket.write(x);
        at(0, () => socket[end]());
        peer.when('closed').subscribe(() => {
          received = peer.received;
        });
        peer.when('ended').subscribe(() => peer.socket.end());
      },
    });
    expect(told).toEqual(['0 closed', '0 timers left']);
    expect(received).toBe('');
  });

  it('by destroy lets what travels arrive first', () => {
    let received = '';
    const told = reported([latency({ ms: 30, direction: outgoing })], {
      play: ({ socket, peer }) => {
        socket.write(x);
        socket.destroy();
        socket.write(Buffer.from('late'));
        peer.when('ended').subscribe(() => {
          received = peer.received;
          peer.socket.end();
        });
      },
    });
    expect(told).toEqual(['30 closed', '0 timers left']);
    expect(received).toBe('x');
  });

  it('by destroy waits for no peer that does not read', () => {
    const told = reported([latency({ ms: 30, direction: incoming })], {
      play: ({ socket, peer }) => {
        peer.socket.pause();
        socket.write(Buffer.alloc(100_000));
        socket.destroy();
      },
    });
    expect(told).toEqual(['0 closed', '0 timers left']);
  });

  it('by destroy while the peer’s end is on its way, behind both, closes once', () => {
    let isClosing = false;
    const told = reported([latency({ ms: 100, direction: incoming })], {
      play: ({ socket, peer, at }) => {
        peer.socket.end();
        socket.end();
        at(50, () => {
          socket.destroy();
          socket.reset();
          isClosing = true;
        });
      },
      on: {
        closed: (socket) => {
          expect(isClosing).toBe(true); // not during the call
          socket.destroy();
        },
      },
    });
    expect(told).toEqual(['50 closed', '0 timers left']);
  });

  it('by a fault while the peer’s end is on its way, behind both, is told', () => {
    const told = reported([latency({ ms: 100, direction: incoming }), resetPeer({ afterMs: 50 })], {
      play: ({ socket, peer }) => {
        peer.socket.end();
        socket.end();
      },
    });
    expect(told).toEqual(['50 failed ERR_CONNECTION_RESET', '50 closed', '0 timers left']);
  });

  it('by the peer’s reset drops what is held', () => {
    const told = reported([latency({ ms: 100 })], {
      play: ({ socket, peer, at }) => {
        peer.send('held');
        socket.write(x);
        at(50, () => peer.socket.reset());
      },
    });
    expect(told).toEqual(['50 failed ERR_CONNECTION_RESET', '50 closed', '0 timers left']);
  });

  it.each([
    ['closes', closeBeforeReply()],
    ['resets', resetPeer({ afterBytes: 1, direction: outgoing })],
  ])('by a fault that %s is a failure, then closed, whatever the owner does', (_, fault) => {
    const told = reported([fault, latency({ ms: 0 })], {
      play: ({ socket }) => socket.write(x),
      on: {
        failed: (socket) => {
          socket.write(x);
          socket.end();
          socket.reset();
          socket.destroy();
        },
      },
    });
    expect(told.map((line) => line.replace(/^\d+ /, ''))).toEqual([
      'failed ERR_CONNECTION_RESET',
      'closed',
      'timers left',
    ]);
    expect(told.at(-1)).toBe('0 timers left');
  });

  it('by a fault that resets is a reset for the peer, also where the owner ends it then', () => {
    const news: string[] = [];
    reported([resetPeer({ afterBytes: 1, direction: outgoing })], {
      play: ({ socket, peer }) => {
        peer.news$.subscribe((each) => news.push(each));
        socket.write(x);
      },
      on: { failed: (socket) => socket.end() },
    });
    expect(news).toEqual(['connected', 'chunk', 'failed', 'closed']);
  });

  it('by a fault comes behind what was passed on, also where it travels', () => {
    let received = '';
    const told = reported([limitData({ bytes: 3, direction: outgoing }), latency({ ms: 40 })], {
      play: ({ socket, peer }) => {
        socket.write(Buffer.from('hello'));
        socket.write(Buffer.from('again'));
        peer.when('ended').subscribe(() => {
          received = peer.received;
          peer.socket.end();
        });
      },
    });
    expect(told).toEqual(['0 failed ERR_CONNECTION_RESET', '40 closed', '0 timers left']);
    expect(received).toBe('hel');
  });

  it('by a fault, while another one has it closing, is told once', () => {
    const told = reported(
      [limitData({ bytes: 3, direction: outgoing }), latency({ ms: 40 }), resetPeer({ afterMs: 20 })],
      {
        play: ({ socket }) => socket.write(Buffer.from('hello')),
      },
    );
    expect(told).toEqual(['0 failed ERR_CONNECTION_RESET', '40 closed', '0 timers left']);
  });

  it('by closeAfterReply does not come behind an end without bytes', () => {
    const told = reported([closeAfterReply()], {
      play: ({ socket, peer }) => {
        socket.end();
        peer.when('ended').subscribe(() => peer.socket.end());
      },
    });
    expect(told).toEqual(['0 drained', '0 peerEnded', '0 closed', '0 timers left']);
  });

  it('by a fault lets no more pass of what other faults held', () => {
    let received = '';
    reported([slicer({ bytes: 2, delayMs: 1, direction: outgoing }), limitData({ bytes: 3 }), latency({ ms: 40 })], {
      play: ({ socket, peer }) => {
        socket.write(Buffer.from('abcdefgh'));
        peer.when('ended').subscribe(() => {
          received = peer.received;
          peer.socket.end();
        });
      },
    });
    expect(received).toBe('abc');
  });

  it('by a fault comes as soon as a slow peer has read all', () => {
    const told = reported([limitData({ bytes: 100_000, direction: outgoing })], {
      play: ({ socket, peer, at }) => {
        peer.socket.pause();
        socket.write(Buffer.alloc(100_001));
        at(10, () => peer.socket.resume());
      },
    });
    expect(told).toEqual(['0 failed ERR_CONNECTION_RESET', '10 closed', '0 timers left']);
  });

  it('by a fault waits a second for a peer that does not read', () => {
    const told = reported([limitData({ bytes: 100_000, direction: outgoing })], {
      play: ({ socket, peer }) => {
        peer.socket.pause();
        socket.write(Buffer.alloc(100_001));
      },
    });
    expect(told).toEqual(['0 failed ERR_CONNECTION_RESET', '1000 closed', '0 timers left']);
  });

  it('by a fault, then by the reset of a peer that does not read, is told once', () => {
    const told = reported([limitData({ bytes: 100_000, direction: outgoing })], {
      play: ({ socket, peer, at }) => {
        peer.socket.pause();
        socket.write(Buffer.alloc(100_001));
        at(10, () => peer.socket.reset());
      },
    });
    expect(told).toEqual(['0 failed ERR_CONNECTION_RESET', '10 closed', '0 timers left']);
  });

  it('does not come while halfOpen holds it, and the owner can still close', () => {
    const told = reported([halfOpen({ direction: incoming })], {
      play: ({ socket, peer, at }) => {
        peer.socket.end();
        socket.end();
        at(500, () => socket.reset());
      },
    });
    expect(told).toEqual(['500 closed', '0 timers left']);
  });
});

describe('the bytes of a faulty connection', () => {
  it('that wait are queued, those that travel are unacknowledged, and drained follows once none waits', () => {
    const seen: unknown[] = [];
    const told = reported(
      [bandwidth({ bytesPerSecond: 1_000, direction: outgoing }), latency({ ms: 50, direction: outgoing })],
      {
        play: ({ socket, peer, at }) => {
          const look = () => seen.push([socket.queuedBytes, socket.queuedWrites, socket.unacknowledgedBytes()]);
          socket.write(Buffer.alloc(200));
          look();
          at(120, look);
          at(201, look);
          at(251, look);
          at(300, () => peer.socket.reset());
        },
      },
    );
    expect(seen).toEqual([
      [200, 1, 0],
      [100, 1, 100],
      [0, 0, 100],
      [0, 0, 0],
    ]);
    expect(told[0]).toBe('200 drained');
    expect(told.filter((line) => line.endsWith('drained'))).toHaveLength(1);
  });

  it('that travel first and then wait are queued as they do, and drained follows once none waits', () => {
    const seen: number[] = [];
    const told = reported(
      [latency({ ms: 50, direction: outgoing }), bandwidth({ bytesPerSecond: 1_000, direction: outgoing })],
      {
        play: ({ socket, peer, at }) => {
          const look = () => seen.push(socket.queuedBytes);
          socket.write(Buffer.alloc(200));
          look();
          at(51, look);
          at(151, look);
          at(300, () => peer.socket.reset());
        },
      },
    );
    expect(seen).toEqual([0, 200, 100]);
    expect(told.filter((line) => line.endsWith('drained'))).toEqual(['250 drained']);
  });

  it('that only travel never wait: drained does not follow, and no bytes are none', () => {
    let received = '';
    const told = reported([latency({ ms: 30, direction: outgoing })], {
      play: ({ socket, peer, at }) => {
        socket.write(x);
        socket.write(Buffer.alloc(0));
        at(50, () => {
          received = peer.received;
          peer.socket.reset();
        });
      },
    });
    expect(told).toEqual(['50 failed ERR_CONNECTION_RESET', '50 closed', '0 timers left']);
    expect(received).toBe('x');
  });

  it('are not delivered while the owner has paused, and then in order', () => {
    const told = reported([slicer({ bytes: 1 }), latency({ ms: 10 })], {
      play: ({ socket, peer, at }) => {
        peer.send('abc');
        peer.socket.end();
        at(5, () => socket.pause());
        at(100, () => socket.resume());
        at(200, () => socket.end());
      },
      on: {
        chunk: (socket) => {
          socket.pause();
          socket.resume();
        },
      },
    });
    expect(told).toEqual(['100 chunk a', '100 chunk b', '100 chunk c', '100 peerEnded', '210 closed', '0 timers left']);
  });

  it('are not reported as drained while a fault holds others', () => {
    const told = reported([bandwidth({ bytesPerSecond: 1_000_000, direction: outgoing })], {
      play: ({ socket, peer, at }) => {
        peer.socket.pause();
        socket.write(Buffer.alloc(300_000)); // in portions of 100 000, of which the peer takes 65 536
        at(150, () => peer.socket.resume());
        at(400, () => peer.socket.reset());
      },
    });
    expect(told.filter((line) => line.endsWith('drained'))).toEqual(['300 drained']);
  });

  it('are delivered each time that the owner resumes', () => {
    const told = reported([latency({ ms: 10, direction: incoming })], {
      play: ({ socket, peer, at }) => {
        for (const start of [0, 100]) {
          at(start, () => peer.send('x'));
          at(start + 5, () => socket.pause());
          at(start + 50, () => socket.resume());
        }
        at(200, () => peer.socket.reset());
      },
    });
    expect(told.slice(0, 2)).toEqual(['50 chunk x', '150 chunk x']);
  });

  it('of 20 000 slices are delivered to an owner that pauses and resumes at each', () => {
    const told = reported([slicer({ bytes: 1 }), latency({ ms: 10 })], {
      play: ({ socket, peer, at }) => {
        peer.send('x'.repeat(20_000));
        at(5, () => socket.pause());
        at(100, () => socket.resume());
      },
      on: {
        chunk: (socket) => {
          socket.pause();
          socket.resume();
        },
      },
    });
    expect(told.filter((line) => line === '100 chunk x')).toHaveLength(20_000);
  });

  it('of one chunk are not delivered behind the chunk at which the owner closes', () => {
    const told = reported([slicer({ bytes: 1, direction: incoming })], {
      play: ({ peer }) => peer.send('abc'),
      on: { chunk: (socket) => socket.reset() },
    });
    expect(told).toEqual(['0 chunk a', '0 closed', '0 timers left']);
  });

  it('that a fault has dropped count as unsent', () => {
    let unsent = 0;
    reported([limitData({ bytes: 3, direction: outgoing })], {
      play: ({ socket }) => socket.write(Buffer.from('hello')),
      on: {
        closed: (socket) => {
          unsent = socket.queuedBytes;
        },
      },
    });
    expect(unsent).toBe(2);
  });

  it('of a buffer that was transferred while it was held fail the connection', () => {
    const told = reported([latency({ ms: 10 })], {
      play: ({ socket }) => {
        const bytes = new Uint8Array(8);
        socket.write(bytes);
        structuredClone(bytes, { transfer: [bytes.buffer] });
      },
    });
    expect(told).toEqual(['10 failed ERR_CONNECTION_RESET', '10 closed', '0 timers left']);
  });
});

describe('faults that change', () => {
  it('pass on what is held, in order, and drained follows', () => {
    const faults$ = new Subject<ReturnType<typeof timeout>[]>();
    const told = reported(faults$, {
      play: ({ socket, peer, at }) => {
        faults$.next([timeout({ ms: Number.POSITIVE_INFINITY }), latency({ ms: 1_000 })]);
        peer.send('a');
        socket.write(x);
        at(10, () => peer.send('b'));
        at(20, () => faults$.next([]));
        at(30, () => peer.socket.reset());
      },
    });
    expect(told).toEqual([
      '20 chunk a',
      '20 chunk b',
      '20 drained',
      '30 failed ERR_CONNECTION_RESET',
      '30 closed',
      '0 timers left',
    ]);
  });

  it('pass on first what is further on its way', () => {
    const faults$ = new Subject<ReturnType<typeof latency>[]>();
    const told = reported(faults$, {
      play: ({ peer, at }) => {
        faults$.next([slicer({ bytes: 1, delayMs: 10 }), latency({ ms: 1_000 })]);
        peer.send('abc');
        at(15, () => faults$.next([]));
        at(20, () => peer.socket.reset());
      },
    });
    expect(told.slice(0, 3)).toEqual(['15 chunk a', '15 chunk b', '15 chunk c']);
  });

  const limit = limitData({ bytes: 3, direction: incoming });
  it.each([
    ['the last one and then the first', [latency({ ms: 5 }), limit], [limit, latency({ ms: 7 })], []],
    ['the first one and then the last', [limit, latency({ ms: 5 })], [latency({ ms: 7 }), limit], ['27 chunk c']],
    ['the first one and then the only one', [limit, latency({ ms: 5 })], [limit], ['20 chunk c']],
  ])('leave a fault that is in both lists as it is: %s', (_, before, after, rest) => {
    const faults$ = new Subject<readonly Fault[]>();
    const told = reported(faults$, {
      play: ({ peer, at }) => {
        faults$.next(before);
        peer.send('ab');
        at(10, () => faults$.next(after));
        at(20, () => peer.send('cd'));
      },
    });
    const ends = ['failed ERR_CONNECTION_RESET', 'closed'].map((end) => `${rest[0] === '27 chunk c' ? 27 : 20} ${end}`);
    expect(told).toEqual(['5 chunk ab', ...rest, ...ends, '0 timers left']);
  });

  it('let nothing overtake what waits at a paused exit', () => {
    const faults$ = new Subject<readonly Fault[]>();
    const told = reported(faults$, {
      play: ({ socket, peer, at }) => {
        faults$.next([latency({ ms: 10 })]);
        peer.send('a');
        at(1, () => peer.send('b'));
        at(5, () => socket.pause());
        at(20, () => peer.send('c'));
        at(25, () => socket.resume()); // c has five milliseconds to go
        at(50, () => peer.socket.reset());
      },
      on: { chunk: () => faults$.next([]) },
    });
    expect(told.slice(0, 3)).toEqual(['25 chunk a', '25 chunk b', '25 chunk c']);
  });

  it('and change places let nothing overtake what the second one held', () => {
    const faults$ = new Subject<readonly Fault[]>();
    const [near, far] = [latency({ ms: 50, direction: incoming }), latency({ ms: 1_000, direction: incoming })];
    const told = reported(faults$, {
      play: ({ peer, at }) => {
        faults$.next([near, far]);
        peer.send('x');
        at(40, () => peer.send('y'));
        at(60, () => faults$.next([far, near]));
        at(2_000, () => peer.socket.reset());
      },
    });
    expect(told.slice(0, 2)).toEqual(['1100 chunk x', '1110 chunk y']);
  });

  it('and come again strike the same connections as before', () => {
    const play = (seed: number, times: number) => {
      const faults$ = new Subject<readonly Fault[]>();
      const fault = limitData({ bytes: 3, direction: incoming, toxicity: 0.5 });
      return reported(faults$, {
        seed,
        play: ({ peer, at }) => {
          for (let time = 0; time < times; time += 1) faults$.next([fault]);
          peer.send('abcd');
          at(10, () => peer.socket.reset());
        },
      });
    };
    for (let seed = 0; seed < 10; seed += 1) expect(play(seed, 6)).toEqual(play(seed, 1));
  });

  it.each([
    ['halfOpen', halfOpen()],
    ['slowClose', slowClose({ ms: 1_000 })],
  ])('let the end pass that %s held, and none that has not come', (_, fault) => {
    const faults$ = new Subject<readonly Fault[]>();
    const told = reported(faults$, {
      play: ({ socket, peer, at }) => {
        faults$.next([fault]);
        at(10, () => faults$.next([]));
        at(20, () => faults$.next([fault]));
        at(30, () => peer.socket.end());
        at(40, () => faults$.next([]));
        at(50, () => socket.end());
      },
    });
    expect(told).toEqual(['40 peerEnded', '50 closed', '0 timers left']);
  });

  it('let an end pass once that slowClose has let pass', () => {
    const faults$ = new Subject<readonly Fault[]>();
    const told = reported(faults$, {
      play: ({ socket, peer, at }) => {
        faults$.next([slowClose({ ms: 5 })]);
        peer.socket.end();
        at(10, () => faults$.next([]));
        at(20, () => socket.end());
      },
    });
    expect(told).toEqual(['5 peerEnded', '20 closed', '0 timers left']);
  });

  it('while the connection closes end it sooner', () => {
    const faults$ = new Subject<ReturnType<typeof latency>[]>();
    const told = reported(faults$, {
      play: ({ socket, peer, at }) => {
        faults$.next([latency({ ms: 1_000 })]);
        socket.write(x);
        socket.destroy();
        at(10, () => faults$.next([]));
        at(20, () => faults$.next([latency({ ms: 1_000 })]));
        peer.when('ended').subscribe(() => peer.socket.end());
      },
    });
    expect(told).toEqual(['10 closed', '0 timers left']);
  });
});
