/** The metrics of servers, as data: name, type, help, and where the samples come from. */
import type { ServerUsage } from '../index.js';
import { type Family, MetricGroup, type Sample } from './metric-group.js';
import { ServerTally } from './server-tally.js';

const families: readonly Family<ServerTally>[] = [
  {
    name: 'rxjs_tcp_connections_open',
    type: 'gauge',
    help: 'Connections that are open.',
    samples: ({ servers }) => one(sum([...servers].map(({ connections }) => connections.size))),
  },
  {
    name: 'rxjs_tcp_connections_limit',
    type: 'gauge',
    help: 'How many connections may be open; more are dropped.',
    samples: (tally) => one(sum(usagesOf(tally).map(({ maxConnections }) => maxConnections))),
  },
  {
    name: 'rxjs_tcp_connections_opened_total',
    type: 'counter',
    help: 'Connections that were opened.',
    samples: ({ opened }) => one(opened),
  },
  {
    name: 'rxjs_tcp_connections_closed_total',
    type: 'counter',
    help: 'Connections that were closed, by reason.',
    samples: ({ closed }) => by('reason', closed),
  },
  {
    name: 'rxjs_tcp_connections_dropped_total',
    type: 'counter',
    help: 'Peers that were not served, by reason.',
    samples: ({ dropped }) => by('reason', dropped),
  },
  {
    name: 'rxjs_tcp_warnings_total',
    type: 'counter',
    help: 'Warnings of the server, by error code: ERR_TOO_MANY_FILES comes once a second while no descriptor is left.',
    samples: ({ warnings }) => by('code', warnings),
  },
  {
    name: 'rxjs_tcp_read_bytes_total',
    type: 'counter',
    help: 'Bytes read from peers.',
    samples: (tally) => one(tally.volume('bytesRead')),
  },
  {
    name: 'rxjs_tcp_written_bytes_total',
    type: 'counter',
    help: 'Bytes of replies that the kernel has accepted.',
    samples: (tally) => one(tally.volume('bytesWritten')),
  },
  {
    name: 'rxjs_tcp_held_bytes',
    type: 'gauge',
    help: 'Bytes read from open connections that wait for the handler.',
    samples: (tally) => one(tally.inOpen('bytesHeld')),
  },
  {
    name: 'rxjs_tcp_unsent_bytes',
    type: 'gauge',
    help: 'Bytes of replies to open connections that the kernel has not accepted.',
    samples: (tally) => one(tally.inOpen('bytesUnsent')),
  },
  {
    name: 'rxjs_tcp_memory_used_bytes',
    type: 'gauge',
    help: 'What connections take of the memory budget, which the servers of a process share unless they have their own.',
    samples: (tally) => inFullest(tally, ({ memoryBytes }) => memoryBytes),
  },
  {
    name: 'rxjs_tcp_memory_limit_bytes',
    type: 'gauge',
    help: 'The memory budget: above it new connections are dropped.',
    samples: (tally) => inFullest(tally, ({ memoryLimitBytes }) => memoryLimitBytes),
  },
  {
    name: 'rxjs_tcp_draining',
    type: 'gauge',
    help: 'Servers in a graceful shutdown.',
    samples: ({ servers }) => one([...servers].filter(({ isDraining }) => isDraining).length),
  },
];

export const serverMetrics = new MetricGroup(() => new ServerTally(), families);

const one = (value: number): readonly Sample[] => [{ value }];

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

function by(label: string, counts: Readonly<Record<string, number>>): readonly Sample[] {
  return Object.entries(counts).map(([name, value]) => ({ value, labels: { [label]: name } }));
}

function usagesOf({ servers }: ServerTally): readonly ServerUsage[] {
  return [...servers].flatMap(({ usage }) => usage ?? []);
}

/** Budgets do not add up, since servers may share one. Of those of several servers, the one nearest to its limit. */
function inFullest(tally: ServerTally, read: (usage: ServerUsage) => number): readonly Sample[] {
  const share = ({ memoryBytes, memoryLimitBytes }: ServerUsage) => memoryBytes / memoryLimitBytes;
  const [fullest] = [...usagesOf(tally)].sort((a, b) => share(b) - share(a));
  return fullest === undefined ? [] : one(read(fullest));
}
