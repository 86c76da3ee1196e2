/** Made-up results: runs of a scenario with two cells, and a whole result with figures for every picture. */
import { controlName, peers } from '../../../bench/peers.js';
import { matrixOf } from '../../../bench/run/matrix.js';
import { type Result, type Run, resultVersion } from '../../../bench/run/result.js';
import { summarise } from '../../../bench/run/summary.js';
import { type Cell, type Scenario, scenarios } from '../../../bench/scenarios.js';

const plan = { kind: 'churn', connections: 1, warmupMs: 1, durationMs: 1 } as const;

export const scenario: Scenario = {
  name: 'made-up',
  title: 'made by hand',
  job: 'echo',
  delayMs: 0,
  maxChunkBytes: 1,
  metrics: ['cpuUs', 'perSecond'],
  cells: [
    { name: 'small', plan },
    { name: 'large', plan },
  ],
};

/** The figures of each peer in each cell, round by round. */
export type Figures = Readonly<Record<string, Readonly<Record<string, readonly number[]>>>>;

/** `{ small: { net: [1, 2, 3] } }`: CPU a message in three rounds. */
export function runsOf(figures: Figures): Run[] {
  return Object.entries(figures).flatMap(([cell, byPeer]) =>
    Object.entries(byPeer).flatMap(([peer, values]) =>
      values.map((cpuUs, round) => ({
        scenario: scenario.name,
        cell,
        peer,
        round,
        figures: { cpuUs },
        generatorLimited: false,
      })),
    ),
  );
}

export function resultOf(runs: readonly Run[], of: readonly Scenario[] = [scenario]): Result {
  return {
    version: resultVersion,
    environment: {
      date: '2026-11-23T10:35',
      node: '20.20.2',
      rxjs: '7.8.2',
      commit: 'abc1234',
      kernel: 'Linux 6.18.44',
      cpu: 'Some Processor <of this year>',
      cores: 2,
      pinned: true,
      load: 0.35,
      steal: 0,
    },
    rounds: 3,
    scenarios: of,
    peers: [...new Set(runs.map(({ peer }) => peer))],
    skipped: [{ peer: 'uvloop', reason: 'not installed', debianPackage: 'python3-uvloop' }],
    runs,
    summary: summarise(of, runs),
  };
}

/** Every peer in every cell, each with other figures; one run is void. */
export function wholeResult(): Result {
  const runs = matrixOf(scenarios, peers, 2).map(({ scenario, cell, peer, round }) => {
    const rank = peers.findIndex(({ name }) => name === peer.name);
    const factor = peer.name === controlName ? 1.01 : 1 + rank * 0.15;
    return {
      scenario: scenario.name,
      cell: cell.name,
      peer: peer.name,
      round,
      ...madeUp(cell, factor),
      generatorLimited: rank === 5,
    };
  });
  const [first, ...others] = runs;
  return resultOf(
    [...(first === undefined ? [] : [{ ...first, void: '3 faults, first: <reset>' }]), ...others],
    scenarios,
  );
}

function madeUp({ plan }: Cell, factor: number): Pick<Run, 'figures' | 'memory' | 'report'> {
  const size = plan.kind === 'storm' || plan.kind === 'open' ? plan.connections : 10;
  const lastReplyMs = 5_000 + size * 0.2 * factor;
  const steps = plan.kind === 'waiting' ? plan.steps : [250, 500, 750, 1_000];
  return {
    figures: {
      cpuUs: 5 * factor,
      perSecond: 100_000 / factor,
      p50Us: 60 * factor,
      p99Us: 300 * factor * Math.log10(size + 10),
      p999Us: 900 * factor * Math.log10(size + 10),
      latenessUs: 20,
      lastReplyMs,
      bytesPerConnection: 4_000 * factor,
      memoryMb: 40 * factor,
    },
    memory: steps.map((step) => [step, 4e7 * factor + step * 4_000 * factor]),
    report: {
      seconds: 1,
      messages: 100_000,
      generatorCpu: 0.5,
      unanswered: 0,
      faults: 0,
      timeline: Array.from({ length: 10 }, (_, index) => [index, lastReplyMs - 10 + index]),
    },
  };
}
