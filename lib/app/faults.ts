/** The faults that the settings of the command stand for. */
import {
  bandwidth,
  corrupt,
  type Fault,
  halfOpen,
  latency,
  limitData,
  refuse,
  resetPeer,
  slicer,
  timeout,
} from '../index.js';

/** What goes wrong. Undefined: not this. */
export interface FaultSettings {
  readonly latency: number | undefined;
  readonly jitter: number | undefined;
  readonly bandwidth: number | undefined;
  readonly slice: number | undefined;
  readonly corrupt: number | undefined;
  readonly closeAfter: number | undefined;
  readonly resetAfter: number | undefined;
  /** 0: it never ends. */
  readonly timeout: number | undefined;
  readonly halfOpen: boolean;
  readonly refuse: boolean;
  readonly direction: 'outgoing' | 'incoming' | 'both';
  readonly toxicity: number | undefined;
  readonly first: number | undefined;
}

/** Slices that are sent at once would leave in one packet. */
const sliceDelayMs = 1;

/**
 * What cuts a connection comes last, so that it counts what arrives.
 * @param made before, by the same settings: a fault that is kept goes on as it is
 */
export function faultsOf(settings: FaultSettings, made = new Map<string, Fault>()): Fault[] {
  const { jitter: jitterMs, direction, toxicity, first } = settings;
  const which = { toxicity, first };
  const common = { ...which, direction };
  const makers: { readonly [Name in keyof FaultSettings]?: (value: number) => Fault } = {
    refuse: () => refuse(which),
    latency: (ms) => latency({ ms, jitterMs, ...common }),
    bandwidth: (bytesPerSecond) => bandwidth({ bytesPerSecond, ...common }),
    slice: (bytes) => slicer({ bytes, delayMs: sliceDelayMs, ...common }),
    corrupt: (probability) => corrupt({ probability, ...common }),
    closeAfter: (bytes) => limitData({ bytes, ...common }),
    resetAfter: (afterBytes) => resetPeer({ afterBytes, ...common }),
    timeout: (ms) => timeout({ ms: ms || Number.POSITIVE_INFINITY, ...common }),
    halfOpen: () => halfOpen(common),
  };
  const names = Object.keys(makers) as (keyof FaultSettings)[];
  const given = names.filter((name) => settings[name] !== undefined && settings[name] !== false);
  return given.flatMap((name) => {
    const key = JSON.stringify([name, settings[name], name === 'latency' && jitterMs, common]);
    const fault = made.get(key) ?? makers[name]?.(settings[name] as number);
    if (fault !== undefined) made.set(key, fault);
    return fault ?? [];
  });
}
