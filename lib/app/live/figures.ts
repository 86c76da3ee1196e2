/** What the live view shows of a server, computed from its open connections when it is asked for. */
import type { Connection, ServerEvent, ServerUsage } from '../../index.js';
import { Totals } from '../totals.js';

/** What has grown since the start. */
export interface Sums {
  readonly opened: number;
  readonly closed: number;
  readonly bytesRead: number;
  readonly bytesWritten: number;
}

export interface Peer {
  readonly connection: Connection;
  readonly openMs: number;
}

export interface Figures extends Sums {
  readonly upMs: number;
  readonly usage: ServerUsage;
  readonly isDraining: boolean;
  /** Open connections without a reply so far. */
  readonly waiting: number;
  /** Open connections with one. */
  readonly answered: number;
  readonly bytesHeld: number;
  readonly bytesUnsent: number;
  readonly dropped: Totals['dropped'];
  /** By the second. */
  readonly rates: Sums;
  readonly slowest: readonly Peer[];
}

/** What rates are taken over: long enough to be read, short enough to follow. */
const rateSpanMs = 2_000;

export class LiveFigures {
  readonly #startedAt = performance.now();
  readonly #openedAt = new Map<Connection, number>();
  readonly #totals = new Totals();
  /** The sums at the last moments that were asked for, the oldest first. */
  readonly #past: { readonly at: number; readonly sums: Sums }[] = [];
  #usage: ServerUsage | undefined;
  #isDraining = false;

  count(event: ServerEvent): void {
    this.#totals.count(event);
    if (event.type === 'listening') this.#usage = event.usage;
    else if (event.type === 'opened') this.#openedAt.set(event.connection, performance.now());
    else if (event.type === 'closed') this.#openedAt.delete(event.connection);
    else if (event.type === 'draining') this.#isDraining = true;
  }

  /** @param peers how many of the slowest ones. Undefined before the server listens */
  now(peers: number): Figures | undefined {
    if (this.#usage === undefined) return undefined;
    const at = performance.now();
    const slowest = new Slowest(peers);
    const { connections: opened, bytesRead, bytesWritten, dropped } = this.#totals;
    const sums = { opened, closed: opened - this.#openedAt.size, bytesRead, bytesWritten };
    let [answered, bytesHeld, bytesUnsent] = [0, 0, 0];
    for (const [connection, openedAt] of this.#openedAt) {
      const written = connection.bytesWritten;
      const unsent = connection.bytesUnsent;
      sums.bytesRead += connection.bytesRead;
      sums.bytesWritten += written;
      bytesHeld += connection.bytesHeld;
      bytesUnsent += unsent;
      if (written + unsent > 0) answered += 1;
      slowest.add(connection, unsent, openedAt);
    }
    return {
      ...sums,
      upMs: at - this.#startedAt,
      usage: this.#usage,
      isDraining: this.#isDraining,
      waiting: this.#openedAt.size - answered,
      answered,
      bytesHeld,
      bytesUnsent,
      dropped,
      rates: this.#ratesAt(at, sums),
      slowest: slowest.peers(at),
    };
  }

  #ratesAt(at: number, sums: Sums): Sums {
    const past = this.#past;
    past.push({ at, sums });
    while (at - (past[1]?.at ?? at) >= rateSpanMs) past.shift();
    const [first = { at, sums }] = past;
    const seconds = Math.max((at - first.at) / 1_000, 0.001);
    const rate = (name: keyof Sums): number => (sums[name] - first.sums[name]) / seconds;
    return {
      opened: rate('opened'),
      closed: rate('closed'),
      bytesRead: rate('bytesRead'),
      bytesWritten: rate('bytesWritten'),
    };
  }
}

interface Candidate {
  readonly connection: Connection;
  readonly unsent: number;
  readonly openedAt: number;
}

/** Those that take the least of what is sent to them, and then those that have been open for the longest. */
class Slowest {
  readonly #most: number;
  /** The slowest first. */
  readonly #found: Candidate[] = [];

  constructor(most: number) {
    this.#most = most;
  }

  /** In the order in which they were opened, so that most are not looked at twice. */
  add(connection: Connection, unsent: number, openedAt: number): void {
    const found = this.#found;
    let place = found.length;
    while (place > 0 && unsent > (found[place - 1]?.unsent ?? 0)) place -= 1;
    if (place >= this.#most) return;
    found.splice(place, 0, { connection, unsent, openedAt });
    if (found.length > this.#most) found.pop();
  }

  peers(now: number): Peer[] {
    return this.#found.map(({ connection, openedAt }) => ({ connection, openMs: now - openedAt }));
  }
}
