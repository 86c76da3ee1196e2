/** A log that nobody reads for a while. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Log } from '../../lib/app/log.js';

let lines: string[] = [];
let waiting = 0;

beforeEach(() => {
  lines = [];
  waiting = 0;
  vi.spyOn(process.stdout, 'write').mockImplementation((line) => lines.push(String(line)) === 0);
  vi.spyOn(process.stdout, 'writableLength', 'get').mockImplementation(() => waiting);
});

afterEach(() => {
  vi.restoreAllMocks();
});

const draining = { type: 'draining', active: 0 } as const;

it.each([1, 3])('says that it has dropped %i lines as soon as there is room, without another line', (count) => {
  const log = new Log('json', {});
  waiting = 1_048_576;
  for (let line = 0; line < count; line += 1) log.add(draining);
  expect(lines).toEqual([]);
  waiting = 0;
  process.stdout.emit('drain');
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { level: 'warn', event: 'unlogged', lines: count, msg: `dropped ${count} lines of this log` },
  ]);
  log.add(draining);
  expect(JSON.parse(lines[1] ?? '')).toMatchObject({ event: 'draining' });
});

it('says so before the next line, if that has room first, and once', () => {
  const log = new Log('pretty', {});
  waiting = 1_048_576;
  for (let line = 0; line < 3; line += 1) log.add(draining);
  waiting = 1;
  log.add(draining);
  process.stdout.emit('drain');
  expect(lines.join('')).toBe('dropped 3 lines of this log\ndraining, connections open: 0\n');
});
