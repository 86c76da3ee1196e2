/** How much each line of the log matters. */
import type { Entry } from './describe.js';
import { isCheck } from './repeats.js';

/** From the most important lines to the least. */
export const logLevels = ['error', 'warn', 'info', 'debug'] as const;
export type LogLevel = (typeof logLevels)[number];

export function levelOf(entry: Entry): LogLevel {
  if (entry.type === 'closed') {
    if (entry.reason === 'failed') return 'error';
    return ['overflow', 'stalled', 'aborted'].includes(entry.reason) ? 'warn' : 'info';
  }
  if (entry.type === 'dropped') return isCheck(entry) ? 'info' : 'warn';
  return entry.type === 'warning' || entry.type === 'unlogged' ? 'warn' : 'info';
}

export function isTold(level: LogLevel, least: LogLevel): boolean {
  return logLevels.indexOf(level) <= logLevels.indexOf(least);
}
