/** The flags of what runs as a server: when it ends, and what it prints. */
import { Option } from 'commander';
import { defaults } from '../../index.js';
import { logLevels } from '../levels.js';
import { type LogFlags, logFormats } from '../log.js';
import { type LiveFlags, liveOption } from './live.js';
import { type MonitoringFlags, monitoringOptions } from './monitoring.js';
import { durationOption } from './options.js';
import { count } from './values.js';

export interface RunningFlags extends LogFlags, MonitoringFlags, LiveFlags {
  readonly grace: number;
  readonly exitAfter: number | undefined;
}

export function runningOptions(): Option[] {
  return [
    durationOption('--grace', 'time limit of a graceful shutdown', defaults.server.drainTimeoutMs),
    new Option('--exit-after <count>', 'shut down after so many connections (never)').argParser(count),
    ...monitoringOptions(),
    new Option('--log <format>', 'pretty or json').choices(logFormats).default(undefined, 'json, on a terminal pretty'),
    new Option('--log-level <level>', `up to ${logLevels.join(', ')}`).choices(logLevels).default('info'),
    liveOption(),
    new Option('-q, --quiet', 'print the first line only').default(false),
  ];
}
