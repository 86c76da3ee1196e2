/** When a server is ready for new connections. */
import { describe, expect, it } from 'vitest';
import { Readiness } from '../../lib/app/readiness.js';
import type { ServerEvent, ServerUsage } from '../../lib/index.js';

const roomy: ServerUsage = { connections: 1, maxConnections: 2, memoryBytes: 100, memoryLimitBytes: 100 };

function obstacle(usage: Partial<ServerUsage>, ...events: readonly ServerEvent[]): string | undefined {
  const readiness = new Readiness();
  const address = { host: '127.0.0.1', port: 7 };
  for (const event of [{ type: 'listening', address, usage: { ...roomy, ...usage } } as const, ...events])
    readiness.count(event);
  return readiness.obstacle;
}

describe('a server', () => {
  it('is ready below its limits and at its memory budget', () => {
    expect(obstacle({})).toBe(undefined);
  });

  it('is not ready before it listens', () => {
    expect(new Readiness().obstacle).toBe('not listening yet');
  });

  it('is not ready at its limit of connections, as it drops new ones then', () => {
    expect(obstacle({ connections: 2 })).toBe('at its limit of 2 connections');
  });

  it('is not ready above its memory budget, as it drops new ones then', () => {
    expect(obstacle({ memoryBytes: 101 })).toBe('over its memory budget of 100 bytes');
  });

  it('is not ready while it drains', () => {
    expect(obstacle({}, { type: 'draining', active: 1 })).toBe('draining');
  });
});
