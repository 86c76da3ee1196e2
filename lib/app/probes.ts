/** Tells a connection on which a peer talks from a probe: a peer that connects, sends nothing and leaves, as health checks do. */
import type { Connection, ServerEvent } from '../index.js';
import type { Probed } from './repeats.js';

type Opened = Extract<ServerEvent, { type: 'opened' }>;
type Closed = Extract<ServerEvent, { type: 'closed' }>;

/** The end of a health check comes right behind its beginning. */
const silenceMs = 100;

export class Probes {
  readonly #print: (event: Opened | Closed, time?: number) => void;
  readonly #count: (probe: Probed) => void;
  /** Those that may be probes, in the order they were opened, with the time when they were. */
  readonly #silent = new Map<Connection, number>();
  #timer: NodeJS.Timeout | undefined;

  /** @param print a connection of a peer that talks, or stays @param count a probe */
  constructor(print: (event: Opened | Closed, time?: number) => void, count: (probe: Probed) => void) {
    this.#print = print;
    this.#count = count;
  }

  opened({ connection }: Opened): void {
    this.#silent.set(connection, Date.now());
    this.#timer ??= setTimeout(() => this.#look(), silenceMs).unref();
  }

  closed(event: Closed): void {
    const { connection, reason, bytesRead, bytesWritten } = event;
    const hasLeft = reason === 'ended' || reason === 'reset';
    if (hasLeft && bytesRead + bytesWritten === 0 && this.#silent.delete(connection)) {
      this.#count({ type: 'probed', remote: connection.remote });
    } else {
      this.#tell(connection);
      this.#print(event);
    }
  }

  /** At the end of the log. */
  flush(): void {
    clearTimeout(this.#timer);
    for (const connection of this.#silent.keys()) this.#tell(connection);
  }

  #look(): void {
    const since = Date.now() - silenceMs;
    for (const [connection, openedAt] of this.#silent) {
      const mayBeProbe = openedAt > since || connection.hasEnded;
      if (!mayBeProbe || connection.bytesRead > 0) this.#tell(connection);
    }
    this.#timer = this.#silent.size === 0 ? undefined : setTimeout(() => this.#look(), silenceMs / 2).unref();
  }

  #tell(connection: Connection): void {
    const openedAt = this.#silent.get(connection);
    if (openedAt === undefined) return;
    this.#silent.delete(connection);
    this.#print({ type: 'opened', connection }, openedAt);
  }
}
