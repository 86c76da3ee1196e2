/** What the live view makes of events and connections, and how it fits a terminal of any size. */
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { LiveFigures } from '../../lib/app/live/figures.js';
import { frameOf, shownBytes, shownTime } from '../../lib/app/live/frame.js';
import type { Connection, ServerEvent } from '../../lib/index.js';

const usage = { connections: 3, maxConnections: 100, memoryBytes: 2_000, memoryLimitBytes: 1_000_000 };
const listening: ServerEvent = { type: 'listening', address: { host: '127.0.0.1', port: 7 }, usage };

function connectionWith(port: number, counters: Partial<Connection>): Connection {
  const none = { bytesRead: 0, bytesWritten: 0, bytesHeld: 0, bytesUnsent: 0 };
  return { ...none, remote: { host: '10.0.0.1', port }, ...counters } as Connection;
}

function figuresOf(...connections: Connection[]): LiveFigures {
  const figures = new LiveFigures();
  figures.count(listening);
  for (const connection of connections) figures.count({ type: 'opened', connection });
  return figures;
}

const three = [
  connectionWith(1, { bytesRead: 5 }),
  connectionWith(2, { bytesRead: 10, bytesWritten: 20, bytesUnsent: 7, bytesHeld: 3 }),
  connectionWith(3, { bytesUnsent: 9, bytesHeld: 1 }),
] as const;

describe('the figures of the live view', () => {
  it('are nothing before the server listens', () => {
    expect(new LiveFigures().now(5)).toBe(undefined);
  });

  it('count open connections by whether they have a reply, and add up what they hold', () => {
    const now = figuresOf(...three).now(5);
    expect(now).toMatchObject({ waiting: 1, answered: 2, opened: 3, closed: 0, bytesHeld: 4, bytesUnsent: 16 });
    expect(now).toMatchObject({ bytesRead: 15, bytesWritten: 20, isDraining: false, usage });
  });

  it('keep what closed connections have carried', () => {
    const figures = figuresOf(...three);
    const counts = { bytesRead: 10, bytesDiscarded: 0, bytesWritten: 27, bytesUnsent: 0 };
    figures.count({ type: 'closed', connection: three[1], reason: 'ended', durationMs: 1, ...counts });
    figures.count({ type: 'dropped', remote: undefined, reason: 'limit' });
    figures.count({ type: 'draining', active: 2 });
    const now = figures.now(5);
    expect(now).toMatchObject({ waiting: 1, answered: 1, opened: 3, closed: 1, bytesRead: 15, bytesWritten: 27 });
    expect(now).toMatchObject({ dropped: { limit: 1 }, isDraining: true });
  });

  it('name first the peers that take the least of what is sent, then those that came first', () => {
    const portsOf = (most: number) =>
      figuresOf(...three, connectionWith(4, {}))
        .now(most)
        ?.slowest.map(({ connection }) => (connection.remote as { port: number }).port);
    expect([portsOf(9), portsOf(3), portsOf(1), portsOf(0)]).toEqual([[3, 2, 1, 4], [3, 2, 1], [3], []]);
  });

  it('have rates by the second, over the last two seconds', () => {
    let now = 5_000;
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => now);
    onTestFinished(() => clock.mockRestore());
    const changing = { ...three[0], bytesRead: 500, bytesWritten: 50 };
    const figures = figuresOf(changing);
    const ratesIn = (ms: number) => {
      now += ms;
      return figures.now(0)?.rates;
    };
    const none = { opened: 0, closed: 0, bytesRead: 0, bytesWritten: 0 };
    expect(ratesIn(0)).toEqual(none);
    changing.bytesRead += 1_000;
    changing.bytesWritten += 200;
    figures.count({ type: 'opened', connection: three[1] });
    const counts = { bytesRead: 10, bytesDiscarded: 0, bytesWritten: 20, bytesUnsent: 0 };
    figures.count({ type: 'closed', connection: three[1], reason: 'ended', durationMs: 1, ...counts });
    expect(ratesIn(500)).toEqual({ opened: 2, closed: 2, bytesRead: 2_020, bytesWritten: 440 });
    expect(ratesIn(500)).toEqual({ opened: 1, closed: 1, bytesRead: 1_010, bytesWritten: 220 });
    expect(ratesIn(1_000)).toMatchObject({ opened: 0.5, bytesRead: 505 });
    expect(ratesIn(499)).toMatchObject({ bytesRead: 1_010 / 2.499 });
    expect(ratesIn(1)).toEqual(none);
  });
});

describe('the frame of the live view', () => {
  const log = Array.from({ length: 100 }, (_, line) => `line ${line} ${'x'.repeat(300)}`);

  it.each([
    [80, 24],
    [120, 40],
    [40, 10],
    [20, 5],
    [1, 1],
    [300, 100],
  ])('fits %i columns and %i rows', (columns, rows) => {
    const figures = figuresOf(...three).now(50);
    const lines = frameOf('127.0.0.1:7', figures as never, log, { columns, rows });
    expect(lines.length).toBe(rows);
    expect(lines.filter(({ text }) => text.length > columns)).toEqual([]);
  });

  it('names the reasons for which peers were dropped, or none', () => {
    const figures = figuresOf();
    const shown = () => frameOf('127.0.0.1:7', figures.now(0) as never, [], { columns: 80, rows: 24 })[4]?.text;
    expect(shown()).toMatch(/^dropped +none$/);
    for (const reason of ['lost', 'limit', 'lost'] as const)
      figures.count({ type: 'dropped', remote: undefined, reason });
    expect(shown()).toMatch(/^dropped +1 limit, 2 lost$/);
  });

  it('shows the figures by their names', () => {
    const figures = { ...figuresOf(...three).now(0), upMs: 61_000 };
    figures.rates = { opened: 1_234, closed: 0.5, bytesRead: 2_000, bytesWritten: 0 };
    const frame = frameOf('127.0.0.1:7', figures as never, [], { columns: 80, rows: 7 });
    expect(frame.map(({ text }) => text.replaceAll(/ {2,}/g, ' | '))).toEqual([
      'rxjs-tcp listening on 127.0.0.1:7 | up 1 m 1 s',
      'connections | 1 waiting | 2 answered | limit 100',
      'since start | 3 opened | 0 closed | 15 B in | 20 B out',
      'a second | 1,230 opened | 0.5 closed | 2 kB in | 0 B out',
      'dropped | none',
      'memory | 4 B held | 16 B unsent | budget 2 kB of 1 MB',
    ]);
  });

  it('names what its columns are', () => {
    const frame = frameOf('127.0.0.1:7', figuresOf(...three).now(5) as never, log, { columns: 80, rows: 24 });
    const headings = frame.filter(({ isHeading }) => isHeading).map(({ text }) => text.split(/ {2,}/));
    expect(headings).toEqual([
      ['rxjs-tcp listening on 127.0.0.1:7', expect.stringMatching(/^up \d\.\d s$/)],
      ['SLOWEST PEERS', 'OPEN FOR', 'IN', 'OUT', 'HELD', 'UNSENT'],
      ['LOG', 'Ctrl-C shuts down, twice aborts; Ctrl-Z suspends'],
    ]);
  });

  it('has the newest lines of the log last', () => {
    const frame = frameOf('127.0.0.1:7', figuresOf(...three).now(5) as never, log, { columns: 80, rows: 24 });
    expect(frame.at(-1)?.text).toMatch(/^line 99 x+$/);
  });

  it('shows sizes and times in units that fit', () => {
    const sizes = [0, 999, 1_000, 65_536, 999_600, 12_345_678, 5e12, 5e16].map(shownBytes);
    expect(sizes).toEqual(['0 B', '999 B', '1 kB', '65.5 kB', '1 MB', '12.3 MB', '5 TB', '50,000 TB']);
    const times = [0, 59_900, 60_000, 3_599_000, 3_600_000, 172_800_000].map(shownTime);
    expect(times).toEqual(['0.0 s', '59.9 s', '1 m 0 s', '59 m 59 s', '1 h 0 m', '2 d 0 h']);
  });
});
