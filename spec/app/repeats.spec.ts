/** How often the log tells of dropped peers. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Log } from '../../lib/app/log.js';
import { TcpError } from '../../lib/index.js';

let lines: string[] = [];

beforeEach(() => {
  lines = [];
  vi.useFakeTimers();
  vi.spyOn(process.stdout, 'write').mockImplementation(
    (line) => lines.push(String(line).replace(/ at .* \d{4}/, '')) > 0,
  );
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const reasons = ['limit', 'address-limit', 'memory', 'refused', 'handshake', 'lost'] as const;
const remote = { host: '10.0.0.1', port: 7 };

describe('the log of dropped peers', () => {
  it('has the first of a reason at once, and once a second how many more there were', () => {
    const log = new Log('pretty', {});
    for (let peer = 0; peer < 3; peer += 1) log.add({ type: 'dropped', remote, reason: 'limit' });
    log.add({ type: 'dropped', remote, reason: 'memory' });
    expect(lines).toEqual(['dropped 10.0.0.1:7: limit\n', 'dropped 10.0.0.1:7: memory\n']);
    vi.advanceTimersByTime(1_000);
    expect(lines.slice(2)).toEqual(['dropped 2 more: limit\n']);
    vi.advanceTimersByTime(10_000);
    expect(lines.length).toBe(3);
  });

  it('counts each reason apart, and tells the error of the first', () => {
    const log = new Log('pretty', {});
    const error = new TcpError('ERR_PROXY_PROTOCOL', 'no header\n');
    for (const reason of reasons) for (let peer = 0; peer < 3; peer += 1) log.add({ type: 'dropped', remote, reason });
    expect(lines).toEqual(reasons.map((reason) => `dropped 10.0.0.1:7: ${reason}\n`));
    lines = [];
    vi.advanceTimersByTime(60_000);
    expect(lines).toEqual(reasons.map((reason) => `dropped 2 more: ${reason}\n`));
    lines = [];
    vi.advanceTimersByTime(60_000);
    log.add({ type: 'dropped', remote, reason: 'handshake', error });
    expect(lines).toEqual(['dropped 10.0.0.1:7: handshake; no header\\n\n']);
    log.end();
    const counts = '3 limit, 3 address-limit, 3 memory, 3 refused, 4 handshake, 3 lost';
    expect(lines.at(-1)).toBe(`stopped: 0 connections, 0 bytes in, 0 out; dropped ${counts}\n`);
  });

  const left = 'before the end of its TLS handshake';
  it.each<[what: string, everyMs: number, error: TcpError]>([
    ['fails', 1_000, new TcpError('ERR_TLS_FAILED', 'The TLS handshake failed: unsupported protocol')],
    ['ends with a reset', 60_000, new TcpError('ERR_CONNECTION_RESET', 'The peer reset the connection')],
    ['fails by a reset', 60_000, new TcpError('ERR_TLS_FAILED', 'It failed', { cause: { code: 'ECONNRESET' } })],
    ['is left', 60_000, new TcpError('ERR_TLS_FAILED', `10.0.0.1:7 ended its side ${left}`)],
    ['is closed', 60_000, new TcpError('ERR_TLS_FAILED', `10.0.0.1:7 closed the connection ${left}`)],
  ])('tells of a handshake that %s at most every %i ms', (_, everyMs, error) => {
    const log = new Log('json', {});
    for (let peer = 0; peer < 3; peer += 1) log.add({ type: 'dropped', remote, reason: 'handshake', error });
    vi.advanceTimersByTime(everyMs - 1);
    expect(lines.length).toBe(1);
    vi.advanceTimersByTime(1);
    const level = everyMs === 1_000 ? 'warn' : 'info';
    const parsed = lines.map((line) => JSON.parse(line));
    expect(parsed).toMatchObject([
      { level, event: 'dropped', remote },
      { level, event: 'dropped', count: 2 },
    ]);
  });

  it('as JSON has the code of the error', () => {
    const error = new TcpError('ERR_PROXY_PROTOCOL', 'no header');
    new Log('json', {}).add({ type: 'dropped', remote, reason: 'handshake', error });
    expect(lines.join('')).toContain('"reason":"handshake","code":"ERR_PROXY_PROTOCOL"');
  });

  it('tells of peers that left before they were accepted, as health checks do, once a minute', () => {
    const log = new Log('pretty', {});
    for (let second = 0; second < 60; second += 1) {
      log.add({ type: 'dropped', remote: undefined, reason: 'lost' });
      vi.advanceTimersByTime(1_000);
    }
    expect(lines).toEqual(['dropped a peer: lost\n', 'dropped 59 more: lost\n']);
  });

  it('has the rest at its end, before the totals', () => {
    const log = new Log('pretty', {});
    for (let peer = 0; peer < 3; peer += 1) log.add({ type: 'dropped', remote: undefined, reason: 'lost' });
    log.end();
    expect(lines.slice(1)).toEqual([
      'dropped 2 more: lost\n',
      'stopped: 0 connections, 0 bytes in, 0 out; dropped 3 lost\n',
    ]);
  });
});
