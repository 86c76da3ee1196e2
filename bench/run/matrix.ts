/** Which runs are made, and in which order: rounds go through all cells, and each cell through all peers, in turn first. */
import { type Peer, peers } from '../peers.js';
import { type Cell, connectionsOf, type Scenario, scenarios } from '../scenarios.js';
import { planMs } from './measure.js';
import type { Skipped } from './result.js';

export interface Choice {
  readonly quick: boolean;
  readonly scenarios?: readonly string[] | undefined;
  readonly peers?: readonly string[] | undefined;
  readonly rounds: number;
}

export interface Place {
  readonly scenario: Scenario;
  readonly cell: Cell;
  readonly peer: Peer;
  readonly round: number;
  readonly expectedMs: number;
}

/** Starting a server and a generator, connecting, and ending both. */
const overheadMs = 300;
/** A quick run has short cells. */
const quickTimes = { warmupMs: 250, durationMs: 600 };

export function chosenScenarios(choice: Choice): Scenario[] {
  const named = scenarios.filter(({ name }) => choice.scenarios?.includes(name) ?? true);
  return named.flatMap((scenario) => {
    const cells = choice.quick
      ? scenario.cells.filter(({ quick }) => quick).map(shortened)
      : scenario.cells.filter(({ quick }) => quick !== 'only');
    return cells.length === 0 ? [] : [{ ...scenario, cells }];
  });
}

export function chosenPeers(choice: Choice): Peer[] {
  return peers.filter(({ name, quick }) => choice.peers?.includes(name) ?? (!choice.quick || quick));
}

export function matrixOf(chosen: readonly Scenario[], available: readonly Peer[], rounds: number): Place[] {
  const places: Place[] = [];
  for (let round = 0; round < rounds; round++) {
    for (const [index, { scenario, cell }] of cellsOf(chosen).entries()) {
      if (round >= (cell.maxRounds ?? scenario.maxRounds ?? rounds)) continue;
      const able = available.filter((peer) => isAble(peer, cell));
      for (const peer of rotated(able, round + index)) {
        const expectedMs = planMs(cell.plan, scenario.delayMs) + overheadMs;
        places.push({ scenario, cell, peer, round, expectedMs });
      }
    }
  }
  return places;
}

/** Peers that leave out a cell for its size. */
export function notTried(chosen: readonly Scenario[], available: readonly Peer[]): Skipped[] {
  return available.flatMap((peer) => {
    if (cellsOf(chosen).every(({ cell }) => isAble(peer, cell))) return [];
    return [{ peer: peer.name, reason: `not tried above ${peer.maxConnections} connections` }];
  });
}

function isAble({ maxConnections = Infinity }: Peer, { plan }: Cell): boolean {
  return connectionsOf(plan) <= maxConnections;
}

function cellsOf(chosen: readonly Scenario[]): { scenario: Scenario; cell: Cell }[] {
  return chosen.flatMap((scenario) => scenario.cells.map((cell) => ({ scenario, cell })));
}

/** Who comes first has a cooler machine, or a busier one; so it is another each time. */
function rotated<T>(items: readonly T[], by: number): T[] {
  const start = items.length === 0 ? 0 : by % items.length;
  return [...items.slice(start), ...items.slice(0, start)];
}

function shortened(cell: Cell): Cell {
  return 'durationMs' in cell.plan ? { ...cell, plan: { ...cell.plan, ...quickTimes } } : cell;
}
