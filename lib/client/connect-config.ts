/** What can be set of a client, and what is checked of it at the call. */
import { asyncScheduler, type SchedulerLike } from 'rxjs';
import type { WritableObserver } from '../connection/peer-connection.js';
import { nodeNetwork } from '../transport/node/network.js';
import type { Transport } from '../transport/transport.js';
import { defaults } from '../values/defaults.js';
import { flag, having, integer, keepAlive, limit, type Rule, readOptions, required, text } from '../values/options.js';

/** Durations are in milliseconds, and Infinity means no limit. */
export interface TcpConnectConfig {
  /** A name or an address. Default '127.0.0.1'. */
  readonly host?: string | undefined;
  /** 1 to 65535. */
  readonly port: number;
  /** Gives up on a peer that says nothing for that long while it is listened to. Default Infinity. */
  readonly idleTimeoutMs?: number | undefined;
  /** Gives up on a peer that takes nothing of what it is sent, or acknowledges nothing, for that long. Default 30 000. */
  readonly writeTimeoutMs?: number | undefined;
  /** Sends small writes at once (TCP_NODELAY). Default true. */
  readonly noDelay?: boolean | undefined;
  /** Probes a silent peer after that long, to the second below; from 1 000 to 32 767 000, Infinity: never. Default 60 000. */
  readonly keepAliveMs?: number | undefined;
  /**
   * Is told `false` when more than 64 KiB wait to be sent, and `true` when all of it is sent: a source that can wait, such
   * as a file that is being read, should then. What a source emits all the same is kept in memory.
   */
  readonly writable?: WritableObserver | undefined;
  /** What carries the bytes. Default `nodeNetwork()`. */
  readonly transport?: Transport | undefined;
  /** What time is told by. Default `asyncScheduler`, which follows a running `TestScheduler` by itself. */
  readonly scheduler?: SchedulerLike | undefined;
}

const rules: { readonly [Key in keyof Required<TcpConnectConfig>]: Rule } = {
  host: text,
  port: required(integer(1, 65_535)),
  idleTimeoutMs: limit(1),
  writeTimeoutMs: limit(1),
  noDelay: flag,
  keepAliveMs: keepAlive,
  writable: having('an Observer', 'next'),
  transport: having('a Transport, such as memoryNetwork()', 'listen', 'connect', 'capacity'),
  scheduler: having('a scheduler', 'schedule', 'now'),
};

export function connectOptions(config: number | TcpConnectConfig) {
  const given = typeof config === 'object' ? config : { port: config };
  const options = readOptions(given, rules, { ...defaults.connect, scheduler: asyncScheduler });
  return { ...options, transport: options.transport ?? nodeNetwork() };
}
