/** What can be set of a server, and what is checked of it at the call. */
import { asyncScheduler, type Observable, type SchedulerLike } from 'rxjs';
import { nodeNetwork } from '../transport/node/network.js';
import type { Transport } from '../transport/transport.js';
import { defaults } from '../values/defaults.js';
import {
  flag,
  having,
  integer,
  keepAlive,
  limit,
  maxTimerMs,
  observable,
  type Rule,
  readOptions,
  required,
  text,
} from '../values/options.js';

/** Sizes are in bytes, durations in milliseconds, and Infinity means no limit. */
export interface TcpServerConfig {
  /** The address to listen on. Default '127.0.0.1'; '0.0.0.0' or '::' let everybody in. */
  readonly host?: string | undefined;
  /** 0 to 65535; 0: any free one, which the `listening` event tells. */
  readonly port: number;
  /** How many peers may wait to be accepted, from 1. Default 4 096, which the kernel clips to its own limit. */
  readonly backlog?: number | undefined;
  /** Its first value drains the server: who is at the door is let in, then nobody; what was asked is answered; it completes. */
  readonly stop$?: Observable<unknown> | undefined;
  /** How long draining may take before the rest is aborted. Default 10 000. */
  readonly drainTimeoutMs?: number | undefined;
  /** Above this many at once, a connection is accepted and closed. Default: what the process's file limit leaves. */
  readonly maxConnections?: number | undefined;
  /** Closes a connection that has nothing due and says nothing for that long. Default Infinity. */
  readonly idleTimeoutMs?: number | undefined;
  /** Resets a connection that takes nothing of what it is sent, or acknowledges nothing, for that long. Default 30 000. */
  readonly writeTimeoutMs?: number | undefined;
  /** Lets go a peer that has not ended its side that long after the end of ours. Default 30 000. */
  readonly halfCloseTimeoutMs?: number | undefined;
  /** Resets a connection that old. Default Infinity. */
  readonly maxLifetimeMs?: number | undefined;
  /** What a connection may hold between reading and answering before its reading pauses. Default 65 536. */
  readonly highWaterMarkBytes?: number | undefined;
  /** No chunk is longer; a longer read is delivered in pieces. Default Infinity. */
  readonly maxChunkBytes?: number | undefined;
  /** Sends small replies at once (TCP_NODELAY). Default true. */
  readonly noDelay?: boolean | undefined;
  /** Probes a silent peer after that long, to the second below; from 1 000 to 32 767 000, Infinity: never. Default 60 000. */
  readonly keepAliveMs?: number | undefined;
  /** What carries the bytes. Default `nodeNetwork()`. */
  readonly transport?: Transport | undefined;
  /** What time is told by. Default `asyncScheduler`, which follows a running `TestScheduler` by itself. */
  readonly scheduler?: SchedulerLike | undefined;
}

const rules: { readonly [Key in keyof Required<TcpServerConfig>]: Rule } = {
  host: text,
  port: required(integer(0, 65_535)),
  backlog: integer(1, maxTimerMs),
  stop$: observable,
  drainTimeoutMs: limit(0),
  maxConnections: limit(1),
  idleTimeoutMs: limit(1),
  writeTimeoutMs: limit(1),
  halfCloseTimeoutMs: limit(1),
  maxLifetimeMs: limit(1),
  highWaterMarkBytes: limit(1),
  maxChunkBytes: limit(1),
  noDelay: flag,
  keepAliveMs: keepAlive,
  transport: having('a Transport, such as memoryNetwork()', 'listen', 'connect', 'capacity'),
  scheduler: having('a scheduler', 'schedule', 'now'),
};

export type ServerOptions = ReturnType<typeof serverOptions>;

export function serverOptions(config: number | TcpServerConfig) {
  const given = typeof config === 'object' ? config : { port: config };
  const options = readOptions(given, rules, { ...defaults.server, scheduler: asyncScheduler });
  return { ...options, transport: options.transport ?? nodeNetwork() };
}
