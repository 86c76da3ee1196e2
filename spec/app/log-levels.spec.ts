/** Which lines each level of the log has. */
import { afterEach, expect, it, vi } from 'vitest';
import { type LogLevel, logLevels } from '../../lib/app/levels.js';
import { Log } from '../../lib/app/log.js';
import { type CloseReason, type Connection, type ServerEvent, TcpError } from '../../lib/index.js';
import { serve } from '../support/command.js';

afterEach(() => {
  vi.restoreAllMocks();
});

const remote = { host: '10.0.0.1', port: 7 };
const connection = { id: 1, remote, hasEnded: false, bytesRead: 1 } as Connection;
const counts = { bytesRead: 1, bytesDiscarded: 0, bytesWritten: 2, bytesUnsent: 0 };
const address = { host: '127.0.0.1', port: 7 };
const usage = { connections: 0, maxConnections: 1, memoryBytes: 0, memoryLimitBytes: 1 };

const closed = (reason: CloseReason): ServerEvent => ({ type: 'closed', connection, reason, durationMs: 1, ...counts });

const events: readonly ServerEvent[] = [
  { type: 'listening', address, usage },
  { type: 'opened', connection },
  ...(['ended', 'reset', 'idle', 'stalled', 'overflow', 'failed'] as const).map(closed),
  { type: 'dropped', remote, reason: 'limit' },
  { type: 'dropped', remote: undefined, reason: 'lost' },
  { type: 'warning', error: new TcpError('ERR_TOO_MANY_FILES', 'no descriptors') },
  { type: 'draining', active: 0 },
];

/** Which lines the log has beside its first one, in JSON. */
function linesAt(least: LogLevel): { level: LogLevel; event: string; reason?: string; msg: string }[] {
  let printed = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((line) => {
    printed += line;
    return true;
  });
  const log = new Log('json', {}, least);
  for (const event of events) log.add(event);
  log.end();
  const [first, ...others] = printed
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(first).toMatchObject({ level: 'info', event: 'listening', msg: 'listening on 127.0.0.1:7' });
  return others;
}

const named = (level: LogLevel) => linesAt(level).map(({ event, reason }) => reason ?? event);

it('errors are connections that failed', () => {
  expect(named('error')).toEqual(['failed']);
});

it('warnings are beside them what the server refuses, cuts off or lacks', () => {
  expect(named('warn')).toEqual(['stalled', 'overflow', 'failed', 'limit', 'warning']);
});

it('by default there are also connections that come and go, and the end', () => {
  const lines = ['opened', 'ended', 'reset', 'idle', 'stalled', 'overflow', 'failed', 'limit', 'lost'];
  expect(named('info')).toEqual([...lines, 'warning', 'draining', 'stopped']);
});

it('each line names its level, and none is less important than what is asked for', () => {
  for (const [most, least] of logLevels.entries()) {
    for (const { level } of linesAt(least)) expect(logLevels.slice(0, most + 1)).toContain(level);
  }
});

it('the command takes the level from --log-level', async () => {
  const server = await serve(['--log-level', 'warn']);
  const { stdout } = await server.end('SIGTERM');
  expect(stdout).toBe(`listening on 127.0.0.1:${server.port}, log-level warn\n`);
});
