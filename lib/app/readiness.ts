/** Whether a server takes new connections, as a load balancer asks. */
import type { ServerEvent, ServerUsage } from '../index.js';

export class Readiness {
  /** Undefined until it listens. */
  #usage: ServerUsage | undefined;
  #isDraining = false;

  count(event: ServerEvent): void {
    if (event.type === 'listening') this.#usage = event.usage;
    if (event.type === 'draining') this.#isDraining = true;
  }

  /** Why a new connection would not be served, if it would not. */
  get obstacle(): string | undefined {
    if (this.#isDraining) return 'draining';
    if (this.#usage === undefined) return 'not listening yet';
    const { connections, maxConnections, memoryBytes, memoryLimitBytes } = this.#usage;
    if (connections >= maxConnections) return `at its limit of ${maxConnections} connections`;
    return memoryBytes > memoryLimitBytes ? `over its memory budget of ${memoryLimitBytes} bytes` : undefined;
  }
}
