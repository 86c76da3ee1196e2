/** What a server uses of what it may use, computed when it is read. */
import type { MemoryBudget } from '../connection/memory-budget.js';

/** What a server uses of what it may use. Its fields change with the server. */
export interface ServerUsage {
  /** Connections that are open, and peers that are still sending a PROXY protocol header or in a TLS handshake. */
  readonly connections: number;
  /** With this many connections, new ones are dropped with the reason `limit`. */
  readonly maxConnections: number;
  /** What connections take of the memory budget; of one that servers share, the connections of all of them. */
  readonly memoryBytes: number;
  /** Above this, new connections are dropped with the reason `memory`. It may grow with the number of connections. */
  readonly memoryLimitBytes: number;
}

export function usageOf(connections: () => number, maxConnections: number, budget: MemoryBudget): ServerUsage {
  return Object.freeze({
    get connections() {
      return connections();
    },
    maxConnections,
    get memoryBytes() {
      return budget.usedBytes;
    },
    get memoryLimitBytes() {
      return budget.limitBytes;
    },
  });
}
