/** The flags that say which peers are served. */
import { Option } from 'commander';
import { defaults } from '../../index.js';
import { count, networks } from './values.js';

export interface AdmissionFlags {
  readonly maxConnections: number | undefined;
  readonly maxConnectionsPerAddress: number;
  readonly allow: readonly string[] | undefined;
  readonly deny: readonly string[] | undefined;
  readonly proxyProtocol: readonly string[] | undefined;
}

/** @param capacity the default of --max-connections, in words */
export function admissionOptions(capacity: string): Option[] {
  const { maxConnectionsPerAddress } = defaults.server;
  return [
    new Option('-m, --max-connections <count>', `refuse more (${capacity})`).argParser(count),
    new Option('--max-connections-per-address <count>', 'refuse more from one address')
      .argParser(count)
      .default(maxConnectionsPerAddress, 'no limit'),
    new Option('--allow <networks>', 'serve these only, see below (all)').argParser(networks),
    new Option('--deny <networks>', 'refuse these, even if allowed (none)').argParser(networks),
    new Option('--proxy-protocol <networks>', 'expect its header from these proxies (off)').argParser(networks),
  ];
}
