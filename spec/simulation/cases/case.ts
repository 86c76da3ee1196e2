/** What the cases of the fault catalogue are written with. */
import { expect } from 'vitest';
import type { CloseReason, Connection } from '../../../lib/index.js';
import type { Act, Client, Piece } from '../clients.js';
import type { Trial } from '../trial.js';
import type { WatchedServer } from '../watched-server.js';

/** Begins a case, with details from the trial's dice. Returns what to check once nothing is left to happen. */
export type Case = (trial: Trial) => () => void;

export type Cases = Readonly<Record<string, Case>>;

export const never = Number.POSITIVE_INFINITY;

/** How long a segment and its answer travel at most on the links of a case, with a margin. */
export const slackMs = 1_000;

/** Latency and jitter between a host of clients and that of the server. */
export function anyLink(trial: Trial, from = 'web'): void {
  const { dice, network } = trial;
  const latencyMs = dice.between(0, 100);
  trial.host(from);
  network.link(from, 'db', { latencyMs, jitterMs: dice.between(0, latencyMs) });
}

export const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));

/** Looks at the first connection of a server after `ms`. Returns a function that returns the figure. */
export function figureAt(
  ms: number,
  trial: Trial,
  { talks }: WatchedServer,
  look: (connection: Connection) => number,
): () => number {
  let figure = Number.NaN;
  trial.at(ms, () => {
    const [first] = talks.values();
    if (first) figure = look(first.connection);
  });
  return () => figure;
}

/**
 * A client on a host of its own that sends a byte each 20 ms, to a server that answers each after `delayMs`. Returns what to check in the end:
 * nothing that others did has delayed it by a millisecond.
 */
export function bystander(trial: Trial, from: string, delayMs = 0): () => void {
  const latencyMs = trial.dice.between(0, 100);
  const count = trial.dice.between(20, 40);
  trial.host(from);
  trial.network.link(from, 'db', { latencyMs });
  const client = trial.stream({ pieces: times(count, () => piece(1, 20)), ends: 'at once' }, {}, [], from);
  return () => {
    trial.expectAnswered(client);
    const lastSentAt = Math.max(20 * count, 2 * latencyMs); // what comes before the connection stands waits for it
    expect(client.overAt).toBe(lastSentAt + latencyMs + delayMs + latencyMs);
  };
}

export const piece = (bytes: number, afterMs = 0): Piece => ({ afterMs, bytes });

export const act = (what: Act['do'], afterMs = 0, bytes = 0): Act => ({ do: what, afterMs, bytes });

/** Up to 6 pieces, or `most`: small ones and large ones, at once and one after another. */
export const pieces = ({ dice }: Trial, most = 6): Piece[] =>
  dice.some(
    most,
    () => piece(dice.pick(dice.between(1, 9), dice.between(1, 20_000)), dice.pick(0, dice.between(0, 90))),
    1,
  );

/** Its server has closed it for this reason, `least` to `most` ms after it was opened. */
export function expectClosed(trial: Trial, client: Client, reason: CloseReason, least = 0, most = never): void {
  const closing = trial.closing(client);
  expect(closing.reason).toBe(reason);
  expect(closing.durationMs).toBeGreaterThanOrEqual(least);
  expect(closing.durationMs).toBeLessThanOrEqual(most);
}
