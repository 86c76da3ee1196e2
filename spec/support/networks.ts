/** The networks that every behaviour is specified on, from one source: memory in virtual time, and real sockets. */
import { type Observable, toArray } from 'rxjs';
import { expect, onTestFinished } from 'vitest';
import { memoryNetwork, nodeNetwork, type Transport, type TransportSocket } from '../../lib/index.js';
import { overriding } from './overriding.js';
import { overUnixSockets, skipIfImpossible } from './unix-sockets.js';
import { inVirtualTime } from './virtual-time.js';

/** Plays from the first connection to the last, emits what the spec checks, and completes. */
export type Scenario<T> = (transport: Transport) => Observable<T>;

export interface TestNetwork {
  readonly name: string;
  /** Plays the scenario to its end and checks that it left no socket open. */
  play<T>(scenario: Scenario<T>): Promise<T[]>;
}

const memory: TestNetwork = {
  name: 'memory network',
  async play<T>(scenario: Scenario<T>) {
    const open = new Set<TransportSocket>();
    let seen: T[] | undefined;
    let failure: unknown;
    inVirtualTime(() => {
      scenario(tracked(memoryNetwork(), open))
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
    if (seen === undefined) throw new Error('The scenario did not complete, and nothing is scheduled any more');
    expect(open.size, 'sockets left open').toBe(0);
    return seen;
  },
};

function real(name: string, makeTransport: () => Transport, kind: 'TCP' | 'Pipe' = 'TCP'): TestNetwork {
  const openAtFirst = openSockets(kind); // those of the process that runs the specs
  return {
    name,
    async play<T>(scenario: Scenario<T>) {
      const seen = await new Promise<T[]>((resolve, reject) => {
        const played = scenario(makeTransport()).pipe(toArray()).subscribe({ next: resolve, error: reject });
        // The sockets of a spec that runs out of time would fail all that follow.
        onTestFinished(() => played.unsubscribe());
      });
      await expect.poll(() => openSockets(kind), { message: 'sockets left open' }).toEqual(openAtFirst);
      return seen;
    },
  };
}

/** Its sockets are Linux's abstract ones. */
const unix = real('real network, by Unix sockets', () => overUnixSockets(nodeNetwork()), 'Pipe');
const unixNetworks: readonly TestNetwork[] = [
  {
    ...unix,
    async play(scenario) {
      skipIfImpossible();
      return unix.play(scenario);
    },
  },
];

export const realNetworks: readonly TestNetwork[] = [
  real('real network', nodeNetwork),
  real('real network, by what Node documents', () => nodeNetwork({ fastPath: false })),
];

export const networks: readonly TestNetwork[] = [
  memory,
  ...(process.platform === 'linux' ? unixNetworks : []),
  ...realNetworks,
];

/** Those on which a peer has an IP address and sees a reset as such. */
export const tcpNetworks: readonly TestNetwork[] = [memory, ...realNetworks];

/** Keeps in `open` the sockets that have been opened and have not reported `closed`. */
function tracked(transport: Transport, open: Set<TransportSocket>): Transport {
  const track = (socket: TransportSocket): TransportSocket =>
    overriding(socket, {
      open(events) {
        open.add(socket);
        const closed = (): void => {
          open.delete(socket);
          events.closed();
        };
        socket.open(overriding(events, { closed }));
      },
    });
  return overriding(transport, {
    connect: (...args) => track(transport.connect(...args)),
    listen: (options, events) =>
      transport.listen(options, overriding(events, { accepted: (socket) => events.accepted(track(socket)) })),
  });
}

/** Node calls a Unix socket a pipe. */
function openSockets(kind: 'TCP' | 'Pipe'): string[] {
  return process.getActiveResourcesInfo().filter((resource) => resource.startsWith(kind));
}
