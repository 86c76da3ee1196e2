/** Warnings of a server before it listens, in a line each. */
import { complain } from './exit-status.js';
import type { AdmissionFlags } from './flags/admission.js';

export function warn(message: string | undefined): void {
  if (message !== undefined) complain(`warning: ${message}`);
}

/** @param capacity how many connections the file limit allows */
export function warnOfLimit({ maxConnections = 0 }: AdmissionFlags, capacity: number): void {
  if (maxConnections <= capacity) return;
  const advice = `the file limit allows ${capacity}; raise it with ulimit -n`;
  warn(`--max-connections ${maxConnections}: ${advice}`);
}
