/** The flags that limit the time of a connection. */
import type { Option } from 'commander';
import { defaults } from '../../index.js';
import { limitOption } from './options.js';

export interface LimitFlags {
  readonly idleTimeout: number;
  readonly writeTimeout: number;
  readonly halfCloseTimeout: number;
  readonly maxLifetime: number;
}

/** The library has no limit for silent clients. */
const idleTimeoutMs = 300_000;

export function limitOptions(): Option[] {
  const { server } = defaults;
  return [
    limitOption('-i, --idle-timeout', 'close after so long without data', idleTimeoutMs),
    limitOption('--write-timeout', 'reset after so long without progress', server.writeTimeoutMs),
    limitOption('--half-close-timeout', 'wait so long for the FIN of its peer', server.halfCloseTimeoutMs),
    limitOption('--max-lifetime', 'reset at this age', server.maxLifetimeMs),
  ];
}
