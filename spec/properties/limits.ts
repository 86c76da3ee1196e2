/** What a limit that ended a connection must have waited for, at least. */
import { expect } from 'vitest';
import type { CloseReason, ServerEvent, TcpServerConfig } from '../../lib/index.js';

type Limits = Partial<TcpServerConfig>;

/** The limit that a reason names. */
const limitOf: Partial<Record<CloseReason, keyof TcpServerConfig>> = {
  idle: 'idleTimeoutMs',
  stalled: 'writeTimeoutMs',
  'half-closed': 'halfCloseTimeoutMs',
  lifetime: 'maxLifetimeMs',
};

/** No connection is closed for a limit that it has not had time to exceed. */
export function expectNoneEarly(events: readonly ServerEvent[], limits: Limits): void {
  for (const event of events) {
    const limit = event.type === 'closed' ? limitOf[event.reason] : undefined;
    if (event.type === 'closed' && limit !== undefined) {
      expect(event.durationMs).toBeGreaterThanOrEqual(limits[limit] as number);
    }
  }
}
