/** The networks that every behaviour is specified on, from one source: memory in virtual time, and real sockets. */
import { lastValueFrom, type Observable, toArray } from 'rxjs';
import { expect } from 'vitest';
import { memoryNetwork, type NodeNetworkConfig, nodeNetwork, type Transport } from '../../lib/index.js';
import { inVirtualTime } from './virtual-time.js';

/** What happens, from connecting to the end, and what is seen of it. It completes. */
export type Scenario<T> = (transport: Transport) => Observable<T>;

export interface TestNetwork {
  readonly name: string;
  /** Plays the scenario to its end and checks that it left no socket open. */
  play<T>(scenario: Scenario<T>): Promise<T[]>;
}

const memory: TestNetwork = {
  name: 'memory network',
  async play<T>(scenario: Scenario<T>) {
    let seen: T[] | undefined;
    let failure: unknown;
    inVirtualTime(() => {
      scenario(memoryNetwork())
        .pipe(toArray())
        .subscribe({
          next: (values) => {
            seen = values;
          },
          error: (error) => {
            failure = error;
          },
        });
    });
    if (failure !== undefined) throw failure;
    if (seen === undefined) throw new Error('The scenario did not complete, and nothing was left that could happen');
    return seen;
  },
};

function real(name: string, config: NodeNetworkConfig): TestNetwork {
  return {
    name,
    async play<T>(scenario: Scenario<T>) {
      const seen = await lastValueFrom(scenario(nodeNetwork(config)).pipe(toArray()));
      await expect.poll(openSockets, { message: 'sockets left open' }).toEqual([]);
      return seen;
    },
  };
}

export const networks: readonly TestNetwork[] = [
  memory,
  real('real network', {}),
  real('real network, by what Node documents', { fastPath: false }),
];

function openSockets(): string[] {
  return process.getActiveResourcesInfo().filter((resource) => resource.startsWith('TCP'));
}
