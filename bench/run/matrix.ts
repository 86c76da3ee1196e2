/** Which runs are made, and in which order: a round goes through all cells, and a cell through all peers. */
import { connectionsOf, type LoadPlan } from '../load/plan.js';
import { does, type Peer, peers } from '../peers.js';
import { type Cell, type Scenario, scenarios } from '../scenarios.js';
import type { Skipped } from './result.js';

/** By name; all that take part in such a run where no names are given. */
export interface Choice {
  readonly quick: boolean;
  readonly scenario?: readonly string[];
  readonly peers?: readonly string[];
}

export interface Place {
  readonly scenario: Scenario;
  readonly cell: Cell;
  readonly peer: Peer;
  readonly round: number;
  readonly expectedMs: number;
}

/** Starting a server and a generator, and ending both. */
const overheadMs = 300;
const connectMs = 0.2;
/** What `waiting` takes at each of its steps. */
const stepMs = 700;
/** Cells of a quick run are short. */
const quickTimes = { warmupMs: 250, durationMs: 600 };

export function chosenScenarios(choice: Choice): Scenario[] {
  const named = scenarios.filter(({ name }) => choice.scenario?.includes(name) ?? true);
  return named.flatMap((scenario) => {
    const cells = choice.quick
      ? scenario.cells.filter(({ quick }) => quick).map(shortened)
      : scenario.cells.filter(({ quick }) => quick !== 'only');
    return cells.length === 0 ? [] : [{ ...scenario, cells }];
  });
}

export function chosenPeers(choice: Choice): Peer[] {
  const wanted = peers.filter(({ name, quick }) => choice.peers?.includes(name) ?? (!choice.quick || quick));
  return wanted.filter((peer) => chosenScenarios(choice).some(({ job }) => does(peer, job)));
}

export function matrixOf(chosen: readonly Scenario[], available: readonly Peer[], rounds: number): Place[] {
  const cells = chosen.flatMap((scenario) => scenario.cells.map((cell) => ({ scenario, cell })));
  return Array.from({ length: rounds }, (_, round) => round).flatMap((round) =>
    cells.flatMap(({ scenario, cell }, index) => {
      if (round >= (scenario.maxRounds ?? rounds)) return [];
      const able = available.filter((peer) => does(peer, scenario.job) && isAble(peer, cell));
      const expectedMs = planMs(cell.plan, scenario.delayMs);
      return rotated(able, round + index).map((peer) => ({ scenario, cell, peer, round, expectedMs }));
    }),
  );
}

/** Peers that leave out a cell because of its size. */
export function notTried(chosen: readonly Scenario[], available: readonly Peer[]): Skipped[] {
  return available
    .filter((peer) => chosen.some(({ job, cells }) => does(peer, job) && cells.some((cell) => !isAble(peer, cell))))
    .map(({ name, maxConnections }) => ({ peer: name, reason: `not tried above ${maxConnections} connections` }));
}

/** How long a run takes. */
export function planMs(plan: LoadPlan, delayMs: number): number {
  const common = overheadMs + connectionsOf(plan) * connectMs;
  if (plan.kind === 'storm') return common + delayMs;
  return common + (plan.kind === 'waiting' ? plan.steps.length * stepMs : plan.warmupMs + plan.durationMs);
}

function isAble({ maxConnections = Infinity }: Peer, { plan }: Cell): boolean {
  return connectionsOf(plan) <= maxConnections;
}

/** The first peer has a cooler machine, or a busier one; so another one is first each time. */
function rotated<T>(items: readonly T[], by: number): T[] {
  const start = items.length === 0 ? 0 : by % items.length;
  return [...items.slice(start), ...items.slice(0, start)];
}

function shortened(cell: Cell): Cell {
  return 'durationMs' in cell.plan ? { ...cell, plan: { ...cell.plan, ...quickTimes } } : cell;
}
