/** The flag that says where a server can be watched. */
import { Option } from 'commander';
import type { TcpAddress } from '../../index.js';
import { httpAddress } from './values.js';

export interface MonitoringFlags {
  readonly metrics: TcpAddress | undefined;
}

export function monitoringOptions(): Option[] {
  return [new Option('--metrics <address>', 'serve metrics and health, see below (off)').argParser(httpAddress)];
}

/** Of the help. */
export const monitoringNotes = `
--metrics takes a port, host:port or [host]:port, and serves three pages there:
/metrics for Prometheus, which needs prom-client; /healthz; and /readyz, with
status 503 while the server drains or would drop a new connection.`;
