/** The network of a server on which things go wrong, and the seed that they come from. */
import { faulty, nodeNetwork, type Transport } from '../index.js';
import { faultsOf } from './faults.js';
import type { FaultFlags } from './flags/faults.js';

/** Undefined where nothing is random. */
export function seedOf(flags: FaultFlags, isRandom = false): number | undefined {
  if (!isRandom && faultsOf(flags).length === 0) return undefined;
  return flags.seed ?? Math.floor(Math.random() * 2 ** 31);
}

/** Undefined without a fault: a server keeps the fast path of the system's network. */
export function faultyNetwork(flags: FaultFlags, seed: number | undefined): Transport | undefined {
  const faults = faultsOf(flags);
  return faults.length === 0 ? undefined : faulty(nodeNetwork(), faults, { seed });
}
