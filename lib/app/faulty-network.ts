/** The network of a server on which things go wrong, and the seed that they come from. */
import { BehaviorSubject, map } from 'rxjs';
import { type Fault, faulty, nodeNetwork, type Transport } from '../index.js';
import { controlFaults } from './control.js';
import { type FaultSettings, faultsOf } from './faults.js';
import type { FaultFlags } from './flags/faults.js';
import type { Log } from './log.js';
import { canSendLines } from './standard-input.js';
import { warn } from './warnings.js';

/** Undefined where nothing is random. */
export function seedOf(flags: FaultFlags, isRandom = false): number | undefined {
  if (!isRandom && !flags.control && faultsOf(flags).length === 0) return undefined;
  return flags.seed ?? Math.floor(Math.random() * 2 ** 31);
}

export interface FaultyNetwork {
  readonly transport: Transport | undefined;
  /** To be called once the server listens. */
  readonly control: () => void;
}

/**
 * Without a fault there is no transport, and a server keeps the fast path of the system's network. Faults that can change take it from
 * every connection, which costs a fifth more CPU a message even while there is none: so without faults --control has to ask for them.
 */
export function faultyNetwork(flags: FaultFlags, seed: number | undefined, log: Log): FaultyNetwork {
  const faults = faultsOf(flags);
  const canChange = canSendLines();
  if (flags.control && !canChange) warn('--control has no effect: standard input is neither a terminal nor a pipe');
  if (faults.length === 0 && !(flags.control && canChange)) return { transport: undefined, control: () => {} };
  if (!canChange) return { transport: faulty(nodeNetwork(), faults, { seed }), control: () => {} };
  const settings$ = new BehaviorSubject<FaultSettings>(flags);
  const made = new Map<string, Fault>();
  const faults$ = settings$.pipe(map((settings) => faultsOf(settings, made)));
  return { transport: faulty(nodeNetwork(), faults$, { seed }), control: () => controlFaults(settings$, log) };
}
