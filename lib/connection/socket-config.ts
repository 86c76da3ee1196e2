/** What can be set of servers and clients alike. */
import { asyncScheduler, type SchedulerLike } from 'rxjs';
import { nodeNetwork } from '../transport/node/network.js';
import type { Transport } from '../transport/transport.js';
import { flag, having, keepAlive, limit, type Rule } from '../values/options.js';

/** Durations are in milliseconds from 1 to 2147483647, and Infinity means no limit. */
export interface SocketConfig {
  /** Ends a connection that receives no data for this long while nothing is due to its peer. @default Infinity */
  readonly idleTimeoutMs?: number | undefined;
  /**
   * Resets a connection if its peer receives nothing of what it is sent for this long. Below 1 750 it acts up to 1.6 s late, since the
   * kernel tells what was received as of the last second. @default 30000
   */
  readonly writeTimeoutMs?: number | undefined;
  /** Resets a connection if something is to be sent while more than this waits already. @default 16777216 */
  readonly maxUnsentBytes?: number | undefined;
  /** Sends small writes at once instead of waiting to fill a packet (TCP_NODELAY). @default true */
  readonly noDelay?: boolean | undefined;
  /** Lets the kernel probe a peer that is silent for this long, in whole seconds, 1 000 to 32 767 000. @default 60000 */
  readonly keepAliveMs?: number | undefined;
  /** Carries the bytes. @default nodeNetwork() */
  readonly transport?: Transport | undefined;
  /** Tells the time and runs the timers; asyncScheduler follows a running TestScheduler by itself. @default asyncScheduler */
  readonly scheduler?: SchedulerLike | undefined;
}

/** What a socket has where its config says nothing, beside `defaults`. */
export const socketDefaults = Object.freeze({ transport: nodeNetwork(), scheduler: asyncScheduler });

export const socketRules: { readonly [Key in keyof Required<SocketConfig>]: Rule } = {
  idleTimeoutMs: limit(1),
  writeTimeoutMs: limit(1),
  maxUnsentBytes: limit(0),
  noDelay: flag,
  keepAliveMs: keepAlive,
  transport: having('a Transport, such as memoryNetwork()', 'listen', 'connect', 'capacity'),
  scheduler: having('a scheduler', 'schedule', 'now'),
};
