/** What the log tells of connections that come through a proxy. */
import { afterEach, expect, it, vi } from 'vitest';
import { Log } from '../../lib/app/log.js';
import type { Connection } from '../../lib/index.js';

afterEach(() => {
  vi.restoreAllMocks();
});

const [remote, proxy] = [
  { host: '2001:db8::7', port: 5 },
  { host: '127.0.0.1', port: 7 },
];
const counts = { bytesRead: 1, bytesDiscarded: 0, bytesWritten: 2, bytesUnsent: 0 };

function linesFor(format: 'pretty' | 'json', connection: Partial<Connection>): string[] {
  const lines: string[] = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((line) => lines.push(String(line)) > 0);
  const log = new Log(format, {});
  log.add({ type: 'opened', connection: connection as Connection });
  log.add({ type: 'closed', connection: connection as Connection, reason: 'ended', durationMs: 0, ...counts });
  return lines;
}

it('a line for people names the client and the proxy that it came through', () => {
  const [opened, closed] = linesFor('pretty', { id: 1, remote, proxy });
  expect(opened).toMatch(/^opened \[2001:db8::7\]:5 via proxy 127\.0\.0\.1:7 at /);
  expect(closed).toMatch(/^closed \[2001:db8::7\]:5 via proxy 127\.0\.0\.1:7 at .*: ended after /);
});

it('a line of JSON has both addresses', () => {
  for (const line of linesFor('json', { id: 1, remote, proxy })) {
    expect(JSON.parse(line)).toMatchObject({ id: 1, remote, proxy });
  }
});

it('neither names a proxy where there is none', () => {
  const lines = [...linesFor('pretty', { id: 1, remote: proxy }), ...linesFor('json', { id: 1, remote: proxy })];
  expect(lines.filter((line) => line.includes('proxy'))).toEqual([]);
});
