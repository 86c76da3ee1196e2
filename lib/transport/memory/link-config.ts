/** What is set of the link between two hosts of a network in memory. */
import { integer, maxTimerMs } from '../../values/options.js';

/** The options of `link`. */
export interface LinkConfig {
  /** How long a segment travels, in milliseconds. Default: that of the network. */
  readonly latencyMs?: number | undefined;
  /** The latency of each segment is up to this much longer or shorter, and order is kept. @default 0 */
  readonly jitterMs?: number | undefined;
}

export const linkRules = { latencyMs: integer(0, maxTimerMs), jitterMs: integer(0, maxTimerMs) };
