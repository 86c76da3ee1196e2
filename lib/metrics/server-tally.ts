/** The events of servers as counts, and what their open connections have at the time of a scrape. */
import type { CloseReason, Connection, DropReason, ErrorCode, ServerEvent, ServerUsage } from '../index.js';

type Closed = Extract<ServerEvent, { type: 'closed' }>;

/** The counters of a connection that grow with its life. */
type Volume = Pick<Connection, 'bytesRead' | 'bytesWritten'>;

/** Of all servers with one name, those that have ended included. */
export class ServerTally {
  opened = 0;
  readonly closed: Record<CloseReason, number> = {
    ended: 0,
    reset: 0,
    idle: 0,
    stalled: 0,
    'half-closed': 0,
    lifetime: 0,
    overflow: 0,
    failed: 0,
    aborted: 0,
  };
  readonly dropped: Record<DropReason, number> = {
    limit: 0,
    'address-limit': 0,
    memory: 0,
    refused: 0,
    handshake: 0,
    lost: 0,
  };
  /** Those that a server can have are there from the start, so that the first one is seen to be an increase. */
  readonly warnings: Partial<Record<ErrorCode, number>> = { ERR_TOO_MANY_FILES: 0, ERR_TLS_CERTIFICATE: 0 };
  readonly servers = new Set<ObservedServer>();
  /** Of connections that have closed. */
  readonly #closedVolume = { bytesRead: 0, bytesWritten: 0 };

  /** A server is subscribed to. */
  begin(): ObservedServer {
    const server = new ObservedServer(this);
    this.servers.add(server);
    return server;
  }

  close(reason: CloseReason, { bytesRead, bytesWritten }: Volume): void {
    this.closed[reason] += 1;
    this.#closedVolume.bytesRead += bytesRead;
    this.#closedVolume.bytesWritten += bytesWritten;
  }

  warn(code: ErrorCode): void {
    this.warnings[code] = (this.warnings[code] ?? 0) + 1;
  }

  /** Of all connections there have been. */
  volume(counter: keyof Volume): number {
    return this.#closedVolume[counter] + this.inOpen(counter);
  }

  /** Of the connections that are open. */
  inOpen(counter: 'bytesRead' | 'bytesWritten' | 'bytesHeld' | 'bytesUnsent'): number {
    let sum = 0;
    for (const { connections } of this.servers) {
      for (const connection of connections) sum += connection[counter];
    }
    return sum;
  }
}

/** One server, from its subscription to its end. */
export class ObservedServer {
  readonly connections = new Set<Connection>();
  isDraining = false;
  /** Undefined until it listens. */
  usage: ServerUsage | undefined;
  readonly #tally: ServerTally;

  constructor(tally: ServerTally) {
    this.#tally = tally;
  }

  count(event: ServerEvent): void {
    switch (event.type) {
      case 'listening':
        this.usage = event.usage;
        return;
      case 'opened':
        this.#tally.opened += 1;
        this.connections.add(event.connection);
        return;
      case 'closed':
        this.#close(event);
        return;
      case 'dropped':
        this.#tally.dropped[event.reason] += 1;
        return;
      case 'warning':
        this.#tally.warn(event.error.code);
        return;
      case 'draining':
        this.isDraining = true;
    }
  }

  /** It has completed, errored or been unsubscribed from. What was open then is closed without an event. */
  end(): void {
    this.#tally.servers.delete(this);
    for (const connection of this.connections) this.#tally.close('aborted', connection);
    this.connections.clear();
  }

  #close({ connection, reason, ...volume }: Closed): void {
    this.connections.delete(connection);
    this.#tally.close(reason, volume);
  }
}
