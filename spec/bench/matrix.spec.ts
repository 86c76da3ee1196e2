/** Which runs are made, in which order, and how long they take. */
import { describe, expect, it } from 'vitest';
import { peers } from '../../bench/peers.js';
import { chosenPeers, chosenScenarios, matrixOf, notTried } from '../../bench/run/matrix.js';
import type { Job } from '../../bench/scenarios.js';
import { scenario } from './support/results.js';

const three = peers.slice(0, 3);

const expectedMs = (quick: boolean) => {
  const places = matrixOf(chosenScenarios({ quick }), chosenPeers({ quick }), quick ? 1 : 3);
  return places.reduce((sum, place) => sum + place.expectedMs, 0);
};

describe('the matrix', () => {
  const places = matrixOf([scenario], three, 3);

  it('has every peer once in each cell and round', () => {
    const keys = places.map(({ cell, peer, round }) => `${cell.name} ${peer.name} ${round}`);
    expect(new Set(keys).size).toBe(2 * 3 * 3);
  });

  it('starts each round of a cell with another peer', () => {
    const firsts = [0, 1, 2].map(
      (round) => places.find((place) => place.round === round && place.cell.name === 'small')?.peer.name,
    );
    expect(new Set(firsts).size).toBe(3);
  });

  it('ends a round before it begins the next', () => {
    const rounds = places.map(({ round }) => round);
    expect(rounds).toEqual(rounds.toSorted());
  });

  it('makes no more rounds than the maxRounds of a scenario', () => {
    expect(matrixOf([{ ...scenario, maxRounds: 1 }], three, 3)).toHaveLength(2 * 3);
  });

  it('leaves out and lists a peer that a cell is too large for', () => {
    const [peer] = three.map((one) => ({ ...one, maxConnections: 0 }));
    expect(matrixOf([scenario], peer === undefined ? [] : [peer], 1)).toEqual([]);
    expect(notTried([scenario], peer === undefined ? [] : [peer])).toHaveLength(1);
  });

  it('has in a scenario only the peers that do its job', () => {
    const names = (job: Job) => matrixOf([{ ...scenario, job }], peers, 1).map(({ peer }) => peer.name);
    expect(new Set(names('proxy'))).toEqual(new Set(['net', 'net-again', 'rxjs-tcp', 'go', 'haproxy']));
    expect(names('echo')).not.toContain('haproxy');
    expect(chosenPeers({ quick: false, scenario: ['latency'] }).map(({ name }) => name)).not.toContain('haproxy');
  });

  it('takes less than a minute if quick, and less than half an hour if complete', () => {
    expect(expectedMs(true)).toBeLessThan(60_000);
    expect(expectedMs(false)).toBeLessThan(30 * 60_000);
  });

  it('has four peers in the quick run of a machine with nothing but Node', () => {
    const alone = chosenPeers({ quick: true }).filter(({ needs, build }) => needs === undefined && build === undefined);
    expect(alone.map(({ name }) => name)).toEqual(['net', 'net-again', 'rxjs-tcp', 'obvious-rxjs']);
  });
});
